"""Replaces a child without a gap: the newcomer is ready before the old process is asked to leave."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from native_runtime.errors import ReplacementError
from native_runtime.processes.child import Child
from native_runtime.processes.events import ProcessReady, ProcessReplaced, ProcessRestarting
from native_runtime.processes.exit_status import Asked
from native_runtime.processes.state import ChildState, has_ended

if TYPE_CHECKING:
    from collections.abc import Iterator

    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.processes.spec import ChildSpec
    from native_runtime.processes.surroundings import Surroundings

NEWCOMER: Final = "+"
"""What the name of a child ends with that is about to take the place of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Succession:
    """One replacement that is under way; `spec` is what the newcomer will be once it is ready."""

    newcomer: Child
    spec: ChildSpec
    reason: str
    origin: str | None
    settled: asyncio.Future[None]


class Successions:
    """Owned by the loop's thread.

    For a while two processes belong to one child. The one that works has the child's name. A newcomer is listed and
    told of as `NAME+` until it is ready; the old process is then listed as `NAME~PID` until it is gone.

    Args:
        children: All children by name; a newcomer that is ready takes its place here.
    """

    def __init__(self, children: dict[str, Child]) -> None:
        self._children = children
        self._under_way: dict[str, _Succession] = {}
        self._leaving: list[Child] = []

    async def replace(
        self, spec: ChildSpec, around: Surroundings, *, reason: str, origin: str | None, patience: float
    ) -> None:
        """Start `spec` beside the child of its name; once that is ready, the old process leaves after its job.

        Raises:
            ReplacementError: Nothing has changed: there is no process to replace, it is being replaced already,
                or the newcomer could not be started, ended, or was not ready within `patience` seconds.
        """
        old = self._children.get(spec.name)
        if old is None or has_ended(old.state) or old.state is ChildState.STOPPING:
            raise ReplacementError(spec.name, "there is no process to replace", is_gone=True)
        if spec.name in self._under_way:
            raise ReplacementError(spec.name, "it is being replaced already")
        # Until it is ready it has one chance; its policy decides from then on.
        once = replace(spec, persistent=False)
        newcomer = Child(once, around, old.log, name=spec.name + NEWCOMER)
        settled: asyncio.Future[None] = around.loop.create_future()
        self._under_way[spec.name] = _Succession(
            newcomer=newcomer, spec=spec, reason=reason, origin=origin, settled=settled
        )
        await self._see_through(newcomer, settled, patience)

    def notice(self, child: Child, around: Surroundings) -> None:
        """A child has changed its state."""
        succession = self._under_way.get(child.spec.name)
        if succession is not None and child is succession.newcomer:
            if child.state is ChildState.RUNNING:
                self._take_over(succession, around)
            elif has_ended(child.state):
                self._fail(succession, _why(child))
        elif has_ended(child.state) and child in self._leaving:
            self._leaving.remove(child)
            heir = self._children.get(child.spec.name)
            if heir is not None and heir.last_exit is None and child.name == heir.name:
                heir.last_exit = child.last_exit

    def see_off(self, child: Child, *, asked: Asked | None, origin: str | None) -> None:
        """Let a child that has no name any more leave after its job."""
        self._leaving.append(child)
        child.retire(asked=asked, origin=origin)

    def abandon(self, name: str) -> None:
        """Put away the newcomer of a child, if there is one."""
        if succession := self._under_way.get(name):
            self._fail(succession, "it was called off")

    def beside(self, name: str) -> list[Child]:
        """The newcomer of a child, and its processes that leave; or the one that is listed under `name`."""
        return [each for listed, each in self._all() if name in (listed, each.spec.name)]

    def children(self) -> list[Child]:
        """Those beside all children."""
        return [child for _, child in self._all()]

    def snapshots(self) -> list[ChildSnapshot]:
        """Those beside all children, under the names they are listed by."""
        return [
            replace(child.snapshot(), name=listed, beside=child.spec.name) for listed, child in self._all()
        ]

    def _all(self) -> Iterator[tuple[str, Child]]:
        for succession in self._under_way.values():
            yield succession.newcomer.name, succession.newcomer
        for child in self._leaving:
            yield f"{child.spec.name}~{child.run.pid if child.run else 0}", child

    async def _see_through(self, newcomer: Child, settled: asyncio.Future[None], patience: float) -> None:
        name = newcomer.spec.name
        with suppress(Exception):  # told by its events, and noticed
            newcomer.start()
        done, _ = await asyncio.wait([settled], timeout=patience)
        if not done and (succession := self._under_way.get(name)) and succession.settled is settled:
            self._fail(succession, f"it was not ready within {patience:g} s")
        await settled

    def _fail(self, succession: _Succession, why: str) -> None:
        newcomer = succession.newcomer
        del self._under_way[newcomer.spec.name]
        if not has_ended(newcomer.state):
            self._leaving.append(newcomer)
            newcomer.stop()
        if not succession.settled.done():
            succession.settled.set_exception(ReplacementError(newcomer.spec.name, why))

    def _take_over(self, succession: _Succession, around: Surroundings) -> None:
        """All at once, so that nobody sees half of it."""
        spec, newcomer = succession.spec, succession.newcomer
        old = self._children[spec.name]
        del self._under_way[spec.name]
        newcomer.spec, newcomer.name = spec, spec.name
        newcomer.comebacks.total = old.comebacks.total + 1
        self._children[spec.name] = newcomer
        self._tell(old, newcomer, succession, around)
        # A worker says itself why it leaves, by its exit code; of any other program the end looks like a crash.
        asked = None if old.spec.control else Asked.RECYCLE
        self.see_off(old, asked=asked, origin=succession.origin)
        succession.settled.set_result(None)

    def _tell(self, old: Child, newcomer: Child, succession: _Succession, around: Surroundings) -> None:
        name, pid, times = newcomer.name, newcomer.run.pid if newcomer.run else 0, newcomer.comebacks.total
        around.bus.publish(ProcessRestarting(name=name, delay=0.0, restarts=times, origin=succession.origin))
        around.bus.publish(
            ProcessReplaced(
                name=name,
                pid=pid,
                old_pid=old.run.pid if old.run else None,
                reason=succession.reason,
                origin=succession.origin,
            )
        )
        around.bus.publish(ProcessReady(name=name, pid=pid))


def _why(newcomer: Child) -> str:
    """What became of a newcomer that ended before it was ready, with its own last word."""
    ended = newcomer.last_exit
    how = ended.detail if ended else "it ended"
    last = newcomer.last_lines(1)
    return f"it ended before it was ready: {how}" + (f"; it said: {last[0]}" if last else "")
