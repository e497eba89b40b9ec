"""All children of a supervisor: those that have a name of their own, and those beside them while they are replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from native_runtime.errors import UnknownNameError
from native_runtime.processes.exit_status import Asked
from native_runtime.processes.state import has_ended
from native_runtime.processes.succession import Successions

if TYPE_CHECKING:
    from collections.abc import Collection

    from native_runtime.processes.child import Child
    from native_runtime.processes.snapshot import ChildSnapshot

ENDED_KEPT: Final = 200  # children that have ended and can still be asked how; the oldest go first


class Family:
    """Owned by the loop's thread.

    Attributes:
        named: By name, in the order in which they were first started.
        successions: Knows those beside them.
    """

    def __init__(self) -> None:
        self.named: dict[str, Child] = {}
        self.successions = Successions(self.named)

    def child(self, name: str) -> Child:
        """The child of a name.

        Raises:
            UnknownNameError: There is none.
        """
        child = self.named.get(name)
        if child is None:
            raise UnknownNameError("child", name, list(self.named))
        return child

    def all_of(self, name: str) -> list[Child]:
        """The child, and whoever is beside it; or the one beside it that is listed under `name`.

        Raises:
            UnknownNameError: There is none.
        """
        beside = self.successions.beside(name)
        return beside if beside and name not in self.named else [self.child(name), *beside]

    def of_pid(self, name: str, pid: int | None) -> list[Child]:
        """Which of them have this pid; any, if it is None."""
        found = [*filter(None, [self.named.get(name)]), *self.successions.beside(name)]
        return [child for child in found if pid is None or (child.run is not None and child.run.pid == pid)]

    def everybody(self) -> list[Child]:
        """All, those beside others last."""
        return [*self.named.values(), *self.successions.children()]

    def snapshots(self, names: Collection[str] | None) -> list[ChildSnapshot]:
        """Copies of those that are listed under `names`; None is all."""
        wanted = self.named if names is None else [name for name in names if name in self.named]
        beside = [each for each in self.successions.snapshots() if names is None or each.name in names]
        return [*(self.named[name].snapshot() for name in wanted), *beside]

    def see_off(self, name: str, *, origin: str | None) -> None:
        """Let a child leave after its job; its name is free at once. Unknown names are harmless."""
        self.successions.abandon(name)
        child = self.named.pop(name, None)
        if child is not None and not has_ended(child.state):
            self.successions.see_off(child, asked=Asked.STOP, origin=origin)

    def forget(self, name: str) -> None:
        """Drop a child that has ended. Unknown names are harmless."""
        child = self.named.get(name)
        if child and has_ended(child.state):
            del self.named[name]

    def forget_oldest(self) -> None:
        """An app that starts a child of another name for each file must not remember them all for ever."""
        ended = [name for name, child in self.named.items() if has_ended(child.state)]
        for name in ended[:-ENDED_KEPT]:
            del self.named[name]
