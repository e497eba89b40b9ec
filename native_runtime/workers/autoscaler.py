"""How many processes a worker should have for the jobs there are. Pure: what was seen in, decision out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from native_runtime.workers.config import Processes

PATIENCE: Final = (
    0.5  # seconds that jobs must have waited with nobody free: shorter than that, a start is in vain
)
COUNTED: Final = 10_000  # waiting jobs; more are not told apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A worker at one moment.

    Attributes:
        processes: How many there should be.
        busy: How many are at a job.
        idle: How many wait for one. The others are not ready, or about to come back.
        waiting: Jobs that one more process could begin at once: none of a queue that is paused or at its limit.
            0 where nobody needed to know.
        is_sound: All processes came up, and none is recovering from a crash.
    """

    processes: int
    busy: int
    idle: int
    waiting: int = 0
    is_sound: bool = True


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a worker between two looks. Times are monotonic seconds.

    Attributes:
        pressed_since: Since when jobs have waited with nobody free; None while that is not so.
        needed_at: When one process was last needed, when two were, and so on, as far as there are some.
    """

    pressed_since: float | None = None
    needed_at: tuple[float, ...] = ()

    def scaled(self) -> Memory:
        """After a change: what waits has to wait anew until there is another."""
        return replace(self, pressed_since=None)


@dataclass(frozen=True, slots=True)
class Scale:
    """Have another number of processes. `reason`: why, for a person."""

    processes: int
    reason: str


def may_need_more(rules: Processes, seen: Seen) -> bool:
    """Whether it matters how many jobs wait: nobody is free, and there may be more processes."""
    return seen.idle == 0 and seen.busy > 0 and seen.processes < rules.max


def remember(seen: Seen, memory: Memory, now: float) -> Memory:
    """What is known after one more look."""
    is_pressed = seen.idle == 0 and seen.waiting > 0 and seen.is_sound
    since = now if memory.pressed_since is None else memory.pressed_since
    needed = seen.busy if seen.idle else seen.processes  # while nobody is free, one that starts is awaited
    before = memory.needed_at[: seen.processes]
    added = seen.processes - max(len(before), needed)  # a new one has its time before it, too
    needed_at = (*(now for _ in range(needed)), *before[needed:], *(now for _ in range(added)))
    return Memory(since if is_pressed else None, needed_at)


def decide(rules: Processes, seen: Seen, memory: Memory, now: float) -> Scale | None:
    """Say how many processes a worker should have from now on; None if as many as it has.

    Args:
        rules: The worker's `processes`.
        seen: The worker now.
        memory: What is remembered, this look included.
        now: Monotonic seconds.
    """
    have = seen.processes
    if have < rules.min:
        return Scale(rules.min, f"at least {rules.min} by workers.toml")
    if have > rules.max:
        return _fewer(seen, rules.max, f"at most {rules.max} by workers.toml")
    if memory.pressed_since is not None and now - memory.pressed_since >= PATIENCE and have < rules.max:
        more = min(rules.scale_up_step, rules.max - have, seen.waiting)
        return Scale(have + more, f"{_waiting(seen.waiting)} and {_all_are_busy(have)}")
    needed = sum(now - at < settling(rules) for at in memory.needed_at)
    enough = max(rules.min, needed)
    return _fewer(seen, enough, _slack(needed and enough, seconds=rules.idle_ttl))


def next_look(rules: Processes, seen: Seen, memory: Memory, now: float) -> float | None:
    """Seconds until time alone may call for a change; None if it never does."""
    if memory.pressed_since is not None:
        return PATIENCE  # it may be over, and then there is no tick that says so
    if seen.processes <= rules.min:
        return None
    return max(PATIENCE, memory.needed_at[-1] + settling(rules) - now)


def settling(rules: Processes) -> float:
    """Seconds after which a process leaves that is not needed; never so few that it comes and goes."""
    return max(rules.idle_ttl, PATIENCE)


def _fewer(seen: Seen, wanted: int, reason: str) -> Scale | None:
    """Have fewer, as far as nobody has to leave in the middle of a job."""
    wanted = max(wanted, seen.busy)
    return Scale(wanted, reason) if wanted < seen.processes else None


def _waiting(jobs: int) -> str:
    if jobs == 1:
        return "1 job waits"
    return f"{jobs:,} jobs wait" if jobs < COUNTED else f"{COUNTED:,} or more jobs wait"


def _all_are_busy(processes: int) -> str:
    return "its process is busy" if processes == 1 else f"all {processes} processes are busy"


def _slack(enough: int, *, seconds: float) -> str:
    if enough == 0:
        return f"idle for {seconds:g} s"
    return f"{enough} {'was' if enough == 1 else 'were'} enough for {seconds:g} s"
