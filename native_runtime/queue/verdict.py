"""What a job may raise to decide its own fate, and what the worker raises in it."""

from __future__ import annotations

from native_runtime.errors import shorten
from native_runtime.queue.duration import LONGEST, is_duration


class Retry(Exception):  # noqa: N818 - read as a sentence: `raise Retry(delay=60)`
    """Put this job back and run it again later; the attempt counts, unless it is given back.

    Args:
        reason: Shown as the error of this attempt; an exception, too, says what it is.
        delay: Seconds; None takes the job's backoff.
        give_back: The attempt does not count: the job had not begun its work.

    Raises:
        TypeError: `reason` is a number: a delay is given by name.
        ValueError: `delay` is no number of seconds, or more than 1 000 000 000.
    """

    def __init__(self, reason: object = "", *, delay: float | None = None, give_back: bool = False) -> None:
        if isinstance(reason, int | float):
            given = shorten(reason)
            raise TypeError(
                f"Retry: expected a reason in words, got {given}; a delay is given by name: Retry(delay={given})"
            )
        if delay is not None and not is_duration(delay):
            raise ValueError(
                f"Retry: delay: expected a number of seconds, 0 or more and at most {LONGEST}, or None for the "
                f"job's backoff, got {shorten(delay)}"
            )
        self.delay = delay
        self.give_back = give_back
        self.reason = "" if reason is None else str(reason)
        super().__init__(self.reason or "the job asked to run again")


class Fail(Exception):  # noqa: N818 - read as a sentence: `raise Fail("the file ends early")`
    """End this job as failed now, however many tries are left.

    Args:
        reason: For a person; shown as the job's error.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Quit(BaseException):
    """The worker was told to leave now; its job is given back. Raised by a signal handler and nobody else."""
