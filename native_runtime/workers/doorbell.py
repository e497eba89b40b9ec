"""Wakes idle workers when jobs wait: one ring for each job, at most one for each worker."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from native_runtime.queue.driver import QueueCounts
    from native_runtime.workers.roster import Member, Roster

RING: Final[Mapping[str, object]] = {"op": "ring"}
MOST_RINGS: Final = 256  # for one queue; there are no more processes


def rings(counts: Iterable[QueueCounts], queues: Container[str]) -> list[str]:
    """What to ring for after queues were closed: each of them once for each job that waits in it.

    A delayed job counts, too: while its queue was closed, nobody kept in mind when it is due.
    """
    waiting = {each.name: each.ready + each.delayed for each in counts if each.name in queues}
    return [name for name, jobs in waiting.items() for _ in range(min(jobs, MOST_RINGS))]


class Doorbell:
    """Rings workers. Called from one thread only.

    Args:
        roster: Who is idle, and serves what.
        send: Sends a control message to a run; False if it could not be.
    """

    def __init__(self, *, roster: Roster, send: Callable[[Member, Mapping[str, object]], bool]) -> None:
        self._roster = roster
        self._send = send
        self._rounds = 0
        self._rung: dict[str, int] = {}  # by child: the round in which it was last rung
        self._unheard: Counter[str] = Counter()  # by queue: rings that nobody was free to hear

    def ring(self, queues: Sequence[str]) -> None:
        """Wake one idle worker for each of `queues`, which names one queue for each job that waits."""
        free = sorted(self._roster.idle(), key=lambda member: self._rung.get(member.child, 0))
        nobody: Counter[str] = (
            Counter()
        )  # was free to hear these: nor will anybody be for more of the same queue
        for queue in queues:
            if queue in nobody:
                nobody[queue] += 1
                continue
            # The one whose last ring is longest ago: the others may be at a job already and not have said so.
            while member := next((each for each in free if queue in each.options.queues), None):
                free.remove(member)
                if self._ring(member):
                    break
            else:
                nobody[queue] += 1
        for queue, missed in nobody.items():
            self._unheard[queue] = min(self._unheard[queue] + missed, self._most(queue))

    def came_idle(self, member: Member) -> None:
        """Ring a worker that looked at its queues before a job came, and said so after nobody heard the ring.

        The others that were missed are kept for the next who comes idle: one worker may be long at its job.
        """
        missed = next((queue for queue in member.options.queues if self._unheard[queue]), None)
        if missed is not None and self._ring(member):
            self._unheard[missed] -= 1

    def _most(self, queue: str) -> int:
        """How many may be kept: more rings than workers wake nobody."""
        return max(1, sum(queue in member.options.queues for member in self._roster.members()))

    def _ring(self, member: Member) -> bool:
        self._rounds += 1
        self._rung[member.child] = self._rounds
        return self._send(member, RING)
