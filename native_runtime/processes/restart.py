"""Whether and when a child that is gone comes back. Pure: facts in, decision out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

from native_runtime.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from native_runtime.processes.exit_status import ExitReason


class RestartWhen(StrEnum):
    """After which exits a child comes back."""

    ALWAYS = "always"
    ON_FAILURE = "on-failure"
    NEVER = "never"


_LEAST: Final = {
    "delay": 0,
    "factor": 1,
    "max_delay": 0,
    "jitter": 0,
    "max_restarts": 0,
    "period": 0,
    "healthy_after": 0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """How a persistent child comes back.

    The first restart is immediate; then `delay`, `delay × factor`, … up to `max_delay`, spread by `jitter`.

    Attributes:
        when: After which exits.
        delay: Seconds before the second restart.
        factor: Growth of the delay.
        max_delay: Seconds; also the pace of a crash-looping child.
        jitter: Fraction, up to 1, by which a delay is spread either way, but not above `max_delay`; 0 is none.
        max_restarts: Restarts allowed within `period`; one more and the child is crash looping. With the default
            delays five are spent within some seconds; many more would never fit into the period.
        period: Seconds.
        healthy_after: Seconds a run must last after it was ready, to count as recovered.
        give_up: Fail for good where it would be crash looping.

    Raises:
        ValueError: One of them cannot be.
    """

    when: RestartWhen | Literal["always", "on-failure", "never"] = RestartWhen.ALWAYS
    delay: float = 0.25
    factor: float = 2.0
    max_delay: float = 60.0
    jitter: float = 0.1
    max_restarts: int = 5
    period: float = 60.0
    healthy_after: float = 10.0
    give_up: bool = False

    def __post_init__(self) -> None:
        """Refuse here what would only be met when a child has ended, on a thread that nobody watches."""
        try:
            object.__setattr__(self, "when", RestartWhen(self.when))  # "on-failure" is as good
        except ValueError:
            raise ValueError(
                f"RestartPolicy: when: expected one of {', '.join(RestartWhen)}, got {self.when!r}"
            ) from None
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < math.inf:
                raise ValueError(
                    f"RestartPolicy: {name}: expected a number of {least:g} or more, got {value!r}"
                )
        if self.jitter > 1:
            raise ValueError(f"RestartPolicy: jitter: expected a number from 0 to 1, got {self.jitter!r}")
        if self.max_restarts != int(self.max_restarts):
            raise ValueError(
                f"RestartPolicy: max_restarts: expected a whole number, got {self.max_restarts!r}"
            )
        if not isinstance(self.give_up, bool):
            raise ValueError(f"RestartPolicy: give_up: expected true or false, got {self.give_up!r}")  # noqa: TRY004 - as above

    @property
    def backoff(self) -> Backoff:
        """The growing pauses."""
        return Backoff(delay=self.delay, factor=self.factor, max_delay=self.max_delay)


NO_RESTART = RestartPolicy(when=RestartWhen.NEVER)


@dataclass(frozen=True, slots=True)
class Restart:
    """Come back after `delay` seconds. `counts`: False for a planned exit."""

    delay: float
    counts: bool = True


@dataclass(frozen=True, slots=True)
class CrashLoop:
    """The budget is spent: come back after `delay` seconds, and say so."""

    delay: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not come back."""


@dataclass(frozen=True, slots=True)
class StayDown:
    """The policy does not want it back after such an exit."""


Decision = Restart | CrashLoop | GiveUp | StayDown


def recent_restarts(restarts: Sequence[float], *, now: float, period: float) -> tuple[float, ...]:
    """Those of the restart times (monotonic seconds) that still count."""
    return tuple(at for at in restarts if now - at < period)


def decide(
    policy: RestartPolicy,
    reason: ExitReason,
    restarts: Sequence[float],
    *,
    now: float,
    streak: int,
    back_in: float | None,
    is_blameless: bool = False,
    spread: Callable[[float, float], float],
) -> Decision:
    """What follows an exit that nobody asked for.

    Args:
        policy: The child's policy.
        reason: What the exit means.
        restarts: Monotonic times of earlier counted restarts.
        now: Monotonic time.
        streak: Counted restarts since the child was last healthy.
        back_in: It said beforehand that it leaves, and is of use again in so many seconds (0 for a recycled worker): that
            never counts. None if it said nothing.
        is_blameless: What it was at has ended others before it: that never counts either, or one bad job would keep
            the child from all others.
        spread: Spreads a delay by up to a fraction of itself.
    """
    if policy.when is RestartWhen.NEVER:
        return StayDown()
    if back_in is not None:
        return Restart(min(back_in, policy.max_delay), counts=False)
    if policy.when is RestartWhen.ON_FAILURE and reason == "clean":
        return StayDown()
    if is_blameless:
        return Restart(0.0, counts=False)
    if len(recent_restarts(restarts, now=now, period=policy.period)) >= policy.max_restarts:
        return GiveUp() if policy.give_up else CrashLoop(policy.max_delay)
    pause = policy.backoff.pause(streak) if streak else 0.0
    return Restart(min(policy.max_delay, spread(pause, policy.jitter)))
