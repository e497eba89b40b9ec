"""`FakeProcesses`: stands in for the supervisor behind `ChildProcess`, starts nothing, and can be asked what was wanted."""

from __future__ import annotations

import itertools
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from native_runtime.errors import NameInUseError, NotListeningError, NotRunningError, UnknownNameError
from native_runtime.processes.facade import CURRENT
from native_runtime.processes.spec import ChildSpec
from native_runtime.processes.state import has_ended, is_alive
from native_runtime.testing.child import FakeChild
from native_runtime.testing.clock import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from native_runtime.processes.exit_status import ExitStatus
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.processes.supervisor import Supervisor


class FakeProcesses:
    """Children that exist only here. They run from `start` on, until the code or the test ends them.

    Time is the clock's: a restart with a delay has happened once `clock.advance` went far enough.

    No command is looked up: a test must not depend on what is installed.

    Args:
        clock: Time, for uptimes and restarts.
    """

    def __init__(self, *, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self._children: dict[str, FakeChild] = {}
        self._starts: list[ChildSpec] = []
        self._failures: dict[str, list[OSError]] = {}
        self._pids = itertools.count(1001)

    @contextmanager
    def as_current(self) -> Iterator[FakeProcesses]:
        """Inside the block `ChildProcess` speaks to this fake."""
        stand_in = cast(
            "Supervisor", self
        )  # it has every method that the facade calls; a test holds it to that
        with CURRENT.holding(stand_in):
            yield self

    # What a test asks

    def assert_started(
        self,
        name: str,
        command: Sequence[str | os.PathLike[str]] | None = None,
        *,
        times: int | None = None,
        where: Callable[[ChildSpec], object] | None = None,
    ) -> None:
        """The app started a child of this name. One that could not be started counts; one that ran already does not.

        Args:
            name: The child.
            command: Only by exactly this one.
            times: Exactly so often; None is at least once.
            where: Called with each description; only those count for which it is true.

        Raises:
            AssertionError: It was not; tells what was.
        """
        found = sum(
            (command is None or spec.command == tuple(os.fspath(word) for word in command))
            and (where is None or bool(where(spec)))
            for spec in self._started(name)
        )
        by = "" if command is None else f" by {list(command)}"
        recorded = f"started: {self._starts_of(name)}"
        _require(f"a child {name!r} to be started{by}{_restriction(where)}", found, times, recorded)

    def assert_not_started(self, name: str | None = None) -> None:
        """No child of this name was started; without a name, none at all."""
        if self._starts if name is None else self._started(name):
            raise AssertionError(
                f"expected {name or 'nothing'!r} not to be started; started: {self._starts_of(name)}"
            )

    def assert_restarted(self, name: str, *, times: int | None = None) -> None:
        """A child ran again, by its policy or because somebody asked; one that still waits for it does not count.

        Args:
            name: The child.
            times: Exactly so often, over the whole test; None is at least once.

        Raises:
            AssertionError: It did not; tells how it is.
        """
        child = self._settled().get(name)
        recorded = f"it is {_condition(child)}" if child else f"started: {self._starts_of(name)}"
        _require(f"child {name!r} to be restarted", child.comebacks if child else 0, times, recorded)

    def assert_stopped(self, name: str) -> None:
        """A child of this name was started, runs no more, and does not come back by itself."""
        self.assert_started(name)
        child = self._child(name)
        if not has_ended(child.state):
            raise AssertionError(f"expected child {name!r} to be stopped; it is {_condition(child)}")

    def assert_message_sent(
        self,
        name: str,
        text: str | None = None,
        *,
        times: int | None = None,
        where: Callable[[str], object] | None = None,
    ) -> None:
        """Something was sent to a child's stdin.

        Args:
            name: The child.
            text: Exactly this.
            times: Exactly so often, over all its runs; None is at least once.
            where: Called with each text; only those count for which it is true.

        Raises:
            AssertionError: It was not; tells what was.
        """
        messages = self._children[name].messages if name in self._children else []
        found = sum(
            (text is None or sent == text) and (where is None or bool(where(sent))) for sent in messages
        )
        what = "a message" if text is None else repr(text)
        recorded = f"sent: {messages}" if name in self._children else f"started: {self._starts_of(name)}"
        _require(f"{what} to be sent to child {name!r}{_restriction(where)}", found, times, recorded)

    # What a test makes happen

    def fail_to_start(self, name: str, error: OSError) -> None:
        """The next start of this child raises `error`, as for a missing command; called twice, the next two.

        A first start leaves the child `failed`. A persistent child that has run before is `crash_looping`
        then, and tried again after its policy's `max_delay`; where it came back by itself, nothing is raised.
        """
        self._settled()  # a restart that was due before now does not fail
        self._failures.setdefault(name, []).append(error)

    def become_ready(self, name: str) -> None:
        """The child, `starting` because it was started with `ready`, is ready. Harmless twice.

        Raises:
            UnknownNameError: It was never started.
            NotRunningError: It does not run.
        """
        self._require_running(name).become_ready()

    def exit(self, name: str, code: int = 0) -> None:
        """The child ends by itself. Whether and when it is back is for its policy to say, and for the clock.

        Args:
            name: The child.
            code: As in `subprocess`: negative is a signal.

        Raises:
            UnknownNameError: It was never started.
            NotRunningError: It does not run.
        """
        self._require_running(name).exit(code)

    def print(self, name: str, *lines: str) -> None:
        """The child prints these lines; `ChildProcess.logs` shows them. One that `ready` waits for makes it ready."""
        self._require_running(name).print(*lines)

    def close_stdin(self, name: str) -> None:
        """The child takes no more messages in this run."""
        self._require_running(name).listens = False

    # What `ChildProcess` asks of a supervisor

    def start(self, spec: ChildSpec) -> ChildSnapshot:
        """Run a child from now on.

        Raises:
            NameInUseError: Another description runs, or waits for its restart, under this name.
            OSError: The test wants it: `fail_to_start`.
        """
        child = self._settled().get(spec.name)
        if child is None or has_ended(child.state):
            child = FakeChild(spec, clock=self.clock, spawn=self._spawn, earlier=child)
            self._children[spec.name] = child
        elif differing := child.spec.differing(spec):
            raise NameInUseError(spec.name, child.pid, differing)
        if not is_alive(child.state):
            self._starts.append(spec)
            child.start()
        return child.snapshot()

    def stop(self, *names: str) -> None:
        """End children. Harmless twice."""
        for child in [self._child(name) for name in names]:
            child.stop()

    def restart(self, name: str) -> None:
        """End a child if it runs, and run it again."""
        self._child(name).restart()

    def message(self, name: str, text: str) -> None:
        """Take what is written to a child's stdin."""
        child = self._require_running(name)
        if not child.listens:
            raise NotListeningError(name)
        child.messages.append(text)

    def get(self, name: str) -> ChildSnapshot | None:
        """The child, or None."""
        return self.all().get(name)

    def describe(self, name: str) -> ChildSnapshot:
        """The child."""
        return self._child(name).snapshot()

    def all(self) -> dict[str, ChildSnapshot]:
        """All children by name."""
        return {name: child.snapshot() for name, child in self._settled().items()}

    def last_lines(self, name: str, count: int = 200) -> tuple[str, ...]:
        """What the test made the current run print, or the last one."""
        output = self._child(name).output
        return tuple(output[max(0, len(output) - count) :])

    def wait(self, name: str, timeout: float | None = None) -> ExitStatus | None:
        """How the child ended. One that has not will not end while the test waits, so that is told at once.

        Raises:
            TimeoutError: It runs, or waits for its restart.
        """
        child = self._child(name)
        if not has_ended(child.state):
            limit = "for ever" if timeout is None else f"for {timeout} s"
            raise TimeoutError(
                f"child {name!r} is {_condition(child)}, and nobody ends it while the test waits {limit}"
            )
        return child.last_exit

    def _settled(self) -> dict[str, FakeChild]:
        """The children as they are now: what the clock has made due has happened."""
        for child in self._children.values():
            child.settle()
        return self._children

    def _child(self, name: str) -> FakeChild:
        children = self._settled()
        if name not in children:
            raise UnknownNameError("child", name, list(children))
        return children[name]

    def _require_running(self, name: str) -> FakeChild:
        child = self._child(name)
        if not is_alive(child.state):
            raise NotRunningError(name, child.state)
        return child

    def _spawn(self, name: str) -> int:
        if failures := self._failures.get(name):
            raise failures.pop(0)
        return next(self._pids)

    def _started(self, name: str) -> list[ChildSpec]:
        return [spec for spec in self._starts if spec.name == name]

    def _starts_of(self, name: str | None) -> str:
        """What was started under this name, else under any."""
        found = self._started(name) if name else []
        return "; ".join(map(_summary, found or self._starts)) or "none"


def _require(expectation: str, found: int, times: int | None, recorded: str) -> None:
    if found != times if times is not None else found == 0:
        wanted = "at least once" if times is None else f"{times} times"
        raise AssertionError(f"expected {expectation} {wanted}, got {found}; {recorded}")


def _restriction(where: object | None) -> str:
    return "" if where is None else " as `where` accepts it"


def _summary(spec: ChildSpec) -> str:
    """Name, command, and whatever else was asked for."""
    extras = [
        f"{field}={getattr(spec, field)!r}"
        for field in spec.differing(ChildSpec(name=spec.name, command=spec.command))
    ]
    return " ".join([spec.name, str(list(spec.command)), *extras])


def _condition(child: FakeChild) -> str:
    pause = child.snapshot().retry_in
    return child.state if pause is None else f"{child.state}, tried again in {pause:g} s"
