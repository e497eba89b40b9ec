"""What a job may raise to decide its own fate."""

from __future__ import annotations


class Retry(Exception):  # noqa: N818 - read as a sentence: `raise Retry(delay=60)`
    """Put this job back and run it again later; the attempt counts.

    Args:
        delay: Seconds; None takes the job's backoff.
        reason: Shown as the error of this attempt.
    """

    def __init__(self, reason: str = "", *, delay: float | None = None) -> None:
        self.delay = delay
        self.reason = reason
        super().__init__(reason or "the job asked to run again")


class Fail(Exception):  # noqa: N818 - read as a sentence: `raise Fail("the file ends early")`
    """End this job as failed now, however many tries are left.

    Args:
        reason: For a person; shown as the job's error.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
