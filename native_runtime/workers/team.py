"""The processes of one worker by their numbers: who is at a job, who waits for one, who may go."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING

from native_runtime.workers.launch import child_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from native_runtime.workers.roster import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A worker at one moment, as its processes said themselves.

    Attributes:
        numbers: Of the processes that there should be, in order.
        busy: Those that have a job.
        idle: Those that wait for one. Who is in neither is not ready, or about to come back.
        is_free: It may be scaled: it is up, and nobody said how many it should be.
    """

    numbers: tuple[int, ...]
    busy: frozenset[int]
    idle: frozenset[int]
    is_free: bool

    def without(self, surplus: int) -> tuple[int, ...]:
        """The numbers that stay where so many go: the highest, and of the busy ones none."""
        can_go = [number for number in self.numbers if number not in self.busy]
        leaving = can_go[max(0, len(can_go) - surplus) :]
        return tuple(number for number in self.numbers if number not in leaving)


def team_of(worker: str, numbers: tuple[int, ...], members: Iterable[Member], *, is_free: bool) -> Team:
    """Who of a worker's processes is on the roster, and how."""
    names = {child_name(worker, number): number for number in numbers}
    ready = [member for member in members if member.child in names]
    return Team(
        numbers=numbers,
        busy=frozenset(names[member.child] for member in ready if not member.is_idle),
        idle=frozenset(names[member.child] for member in ready if member.is_idle),
        is_free=is_free,
    )


def first(processes: int) -> tuple[int, ...]:
    """The numbers of so many processes, where none has gone before another."""
    return resized((), processes)


def resized(numbers: tuple[int, ...], processes: int) -> tuple[int, ...]:
    """So many numbers: those that are missing are the lowest that are free, those that are too many the highest."""
    free = (number for number in count(1) if number not in numbers)
    missing = islice(free, max(0, processes - len(numbers)))
    return tuple(sorted([*numbers, *missing])[:processes])
