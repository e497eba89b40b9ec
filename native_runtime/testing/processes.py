"""`FakeProcesses`: stands in for the supervisor behind `ChildProcess`, starts nothing, and can be asked what was wanted."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from native_runtime.errors import NameInUseError, NotRunningError, UnknownNameError
from native_runtime.processes.facade import CURRENT
from native_runtime.processes.state import is_alive
from native_runtime.testing.child import FakeChild
from native_runtime.testing.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from native_runtime.processes.exit_status import ExitStatus
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.processes.spec import ChildSpec
    from native_runtime.processes.supervisor import Supervisor


class FakeProcesses:
    """Children that exist only here. They run from `start` on, until the code or the test ends them.

    No command is looked up: a test must not depend on what is installed.

    Args:
        clock: Time, for uptimes.
    """

    def __init__(self, *, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self._children: dict[str, FakeChild] = {}
        self._pids = itertools.count(1001)

    @contextmanager
    def as_current(self) -> Iterator[FakeProcesses]:
        """Inside the block `ChildProcess` speaks to this fake."""
        stand_in = cast(
            "Supervisor", self
        )  # it has every method that the facade calls; a test holds it to that
        before = CURRENT.peek()
        CURRENT.put(stand_in)
        try:
            yield self
        finally:
            CURRENT.clear(stand_in)
            if before is not None:
                CURRENT.put(before)

    # What a test asks

    def assert_started(self, name: str, command: Sequence[str] | None = None) -> None:
        """A child of this name was started; with `command`, by exactly this one."""
        if name not in self._children:
            raise AssertionError(f"expected a child {name!r} to be started; started: {self._names()}")
        spec = self._children[name].spec
        if command is not None and spec.command != tuple(command):
            raise AssertionError(
                f"child {name!r} was started by another command: expected {list(command)}, got {list(spec.command)}"
            )

    def assert_not_started(self, name: str | None = None) -> None:
        """No child of this name was started; without a name, none at all."""
        unwanted = list(self._children) if name is None else [each for each in self._children if each == name]
        if unwanted:
            raise AssertionError(
                f"expected {name or 'nothing'!r} not to be started; started: {self._names()}"
            )

    def assert_stopped(self, name: str) -> None:
        """A child of this name was started and does not run any more."""
        self.assert_started(name)
        state = self._children[name].state
        if is_alive(state):
            raise AssertionError(f"expected child {name!r} to be stopped; it is {state}")

    def assert_message_sent(self, name: str, text: str) -> None:
        """Exactly this text was sent to a child's stdin."""
        self.assert_started(name)
        messages = self._children[name].messages
        if text not in messages:
            raise AssertionError(f"expected {text!r} to be sent to child {name!r}; sent: {messages}")

    # What a test makes happen

    def exit(self, name: str, code: int = 0) -> None:
        """The child ends by itself. A persistent one is back at once, where its policy wants it back.

        Args:
            name: The child.
            code: As in `subprocess`: negative is a signal.

        Raises:
            UnknownNameError: It was never started.
            NotRunningError: It does not run.
        """
        self._require_running(name).exit(code)

    def print(self, name: str, *lines: str) -> None:
        """The child prints these lines; `ChildProcess.logs` shows them."""
        self._require_running(name).output.extend(lines)

    # What `ChildProcess` asks of a supervisor

    def start(self, spec: ChildSpec) -> ChildSnapshot:
        """Run a child from now on."""
        child = self._children.get(spec.name)
        if child is not None and is_alive(child.state):
            if differing := child.spec.differing(spec):
                raise NameInUseError(spec.name, child.pid, differing)
            return child.snapshot()
        child = FakeChild(spec, clock=self.clock, new_pid=lambda: next(self._pids), earlier=child)
        self._children[spec.name] = child
        return child.snapshot()

    def stop(self, name: str) -> None:
        """End a child. Harmless twice."""
        self._child(name).stop()

    def restart(self, name: str) -> None:
        """End a child if it runs, and run it again."""
        self._child(name).restart()

    def message(self, name: str, text: str) -> None:
        """Take what is written to a child's stdin."""
        self._require_running(name).messages.append(text)

    def get(self, name: str) -> ChildSnapshot | None:
        """The child, or None."""
        return self._children[name].snapshot() if name in self._children else None

    def describe(self, name: str) -> ChildSnapshot:
        """The child."""
        return self._child(name).snapshot()

    def all(self) -> dict[str, ChildSnapshot]:
        """All children by name."""
        return {name: child.snapshot() for name, child in self._children.items()}

    def last_lines(self, name: str, count: int = 200) -> tuple[str, ...]:
        """What the test made it print."""
        return tuple(self._child(name).output[-count:])

    def wait(self, name: str, timeout: float | None = None) -> ExitStatus | None:
        """How the child ended. One that still runs will not end while the test waits, so that is told at once.

        Raises:
            TimeoutError: It runs.
        """
        child = self._child(name)
        if is_alive(child.state):
            limit = "for ever" if timeout is None else f"for {timeout} s"
            raise TimeoutError(f"child {name!r} still runs, and nobody ends it while the test waits {limit}")
        return child.last_exit

    def _child(self, name: str) -> FakeChild:
        if name not in self._children:
            raise UnknownNameError("child", name, list(self._children))
        return self._children[name]

    def _require_running(self, name: str) -> FakeChild:
        child = self._child(name)
        if not is_alive(child.state):
            raise NotRunningError(name, child.state)
        return child

    def _names(self) -> str:
        return ", ".join(self._children) or "none"
