"""A supervisor that starts no process: children are what a test says they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from native_runtime.errors import ReplacementError, UnknownNameError
from native_runtime.processes.snapshot import ChildSnapshot
from native_runtime.processes.state import ChildState, has_ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from native_runtime.processes.aftermath import ChildExit
    from native_runtime.processes.exit_status import Asked
    from native_runtime.processes.spec import ChildSpec


class StillSupervisor:
    """Has the face of `Supervisor`; notes everything it is asked for in `asked`, oldest first."""

    def __init__(self) -> None:
        self.on_control: Callable[[str, int, Mapping[str, Any]], None] = lambda _name, _pid, _message: None
        self.on_exit: Callable[[ChildExit], Mapping[str, Any] | None] = lambda _exit: None
        self.on_tick: Callable[[], None] = lambda: None
        self.on_sent: Callable[[str, Mapping[str, object]], None] = lambda _name, _message: None
        self.on_kill: Callable[[str], object] = lambda _name: None
        self.on_replace: Callable[[str], object] = lambda _name: None
        self.asked: list[tuple[object, ...]] = []
        self.sent: list[tuple[str, Mapping[str, object]]] = []
        self.missing_commands: set[str] = set()
        self.unready: set[str] = set()
        self.specs: dict[str, ChildSpec] = {}
        self._children: dict[str, ChildSnapshot] = {}
        self._next_pid = 1000

    def start(self, spec: ChildSpec) -> ChildSnapshot:
        self.asked.append(("start", spec.name))
        if spec.command[0] in self.missing_commands:
            raise FileNotFoundError(spec.command[0])
        return self._list(spec)

    def stop(self, *names: str, origin: str | None = None) -> None:
        for name in names:
            self.asked.append(("stop", name, origin))
            self.end(name)

    def restart(self, name: str, *, origin: str | None = None) -> None:
        self.asked.append(("restart", name, origin))
        self._require(name)

    def get(self, name: str) -> ChildSnapshot | None:
        return self._children.get(name)

    def all(self) -> dict[str, ChildSnapshot]:
        return dict(self._children)

    def replace(self, spec: ChildSpec, *, reason: str, origin: str | None = None) -> None:
        self.asked.append(("replace", spec.name, reason, origin))
        state = self._children[spec.name].state
        if has_ended(state) or state is ChildState.STOPPING:
            raise ReplacementError(spec.name, "there is no process to replace", is_gone=True)
        if spec.name in self.unready:
            raise ReplacementError(spec.name, "it ended before it was ready")
        newcomer = self._list(spec, beside=spec.name)
        self.on_replace(spec.name)
        self._children[spec.name] = replace(newcomer, name=spec.name, state=ChildState.IDLE, beside=None)
        del self._children[newcomer.name]

    def call_off(self, name: str) -> None:
        self.asked.append(("call off", name))

    def retire(self, *names: str, origin: str | None = None) -> None:
        for name in names:
            self.asked.append(("retire", name, origin))
            self._children.pop(name, None)

    def control(self, name: str, message: Mapping[str, object], *, pid: int | None = None) -> bool:
        del pid
        self.sent.append((name, message))
        self.on_sent(name, message)
        return name in self._children

    def kill(
        self,
        name: str,
        asked: Asked,
        detail: str,
        *,
        pid: int | None = None,
        unless: Callable[[], bool] = lambda: False,
    ) -> bool:
        del pid
        self._require(name)
        if unless():
            return False
        self.asked.append(("kill", name, asked, detail))
        self.on_kill(name)
        return True

    def forget(self, name: str) -> None:
        self.asked.append(("forget", name))
        if has_ended(self._children[name].state):
            del self._children[name]

    def leaves(self, name: str) -> None:
        """Somebody wants the child to come back, and it is on its way out."""
        self._children[name] = replace(self._children[name], state=ChildState.STOPPING)

    def comes_back(self, name: str) -> None:
        """A child that was leaving is there again, as it was."""
        self._list(self.specs[name])

    def end(self, name: str, state: ChildState = ChildState.STOPPED) -> None:
        """Somebody ended the child, or it ended by itself."""
        self._require(name)
        self._children[name] = replace(self._children[name], state=state, pid=None)

    def alive(self) -> list[str]:
        """Names of the children that have not ended."""
        return [name for name, child in self._children.items() if not has_ended(child.state)]

    def _list(self, spec: ChildSpec, *, beside: str | None = None) -> ChildSnapshot:
        self._next_pid += 1
        self.specs[spec.name] = spec
        child = ChildSnapshot(
            name=f"{spec.name}+" if beside else spec.name,
            command=spec.command,
            worker=spec.worker,
            state=ChildState.STARTING if beside else ChildState.IDLE,
            pid=self._next_pid,
            uptime=0.0,
            restarts=0,
            rss=None,
            cpu_percent=None,
            last_exit=None,
            persistent=spec.persistent,
            beside=beside,
        )
        self._children[child.name] = child
        return child

    def _require(self, name: str) -> None:
        if name not in self._children:
            raise UnknownNameError("child", name, list(self._children))
