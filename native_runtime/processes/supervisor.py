"""Keeps children alive: one asyncio loop in one thread owns them all; everybody else sends it requests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from native_runtime.backoff import full_spread
from native_runtime.errors import (
    MessageTooLargeError,
    NameInUseError,
    NotListeningError,
    NotRunningError,
    UnknownNameError,
)
from native_runtime.processes.aftermath import Aftermath, ChildExit
from native_runtime.processes.census import Census
from native_runtime.processes.child import Child
from native_runtime.processes.descriptors import raise_limit
from native_runtime.processes.guard import Guard
from native_runtime.processes.helper_threads import HelperThreads
from native_runtime.processes.loop_thread import LoopThread
from native_runtime.processes.orphans import end_orphans
from native_runtime.processes.patrol import Patrol
from native_runtime.processes.state import has_ended
from native_runtime.processes.surroundings import Surroundings
from native_runtime.processes.usage import UsageMeter
from native_runtime.processes.vitals import Vitals

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from native_runtime.clock import Clock
    from native_runtime.events import EventBus
    from native_runtime.processes.exit_status import Asked, ExitStatus
    from native_runtime.processes.launcher import Launcher
    from native_runtime.processes.run import Run
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.processes.spawner import Process
    from native_runtime.processes.spec import ChildSpec

ENDED_KEPT: Final = 200  # children that have ended and can still be asked how; the oldest go first
PROBE_PATIENCE: Final = 0.25  # seconds that `close` waits for each of two probes; a server may answer never
STDIN_LIMIT: Final = 1024 * 1024  # bytes of messages that may wait for a child to read them


class Supervisor:
    """All public methods may be called from any thread but the loop's own.

    Attributes:
        on_control: Called on the loop's thread with each control message: child, pid, message.
        on_exit: Called on a helper thread when a run of a control child is over, before that is published
            and before the child comes back. Returns the job it was running, for the crash report, or None.
        on_tick: Called on a helper thread every `TICK` seconds while at least one control child is busy.
    """

    def __init__(self, *, clock: Clock, bus: EventBus, launcher: Launcher) -> None:
        self.on_control: Callable[[str, int, Mapping[str, Any]], None] = lambda _name, _pid, _message: None
        self._clock = clock
        self._launcher = launcher
        self._children: dict[str, Child] = {}
        self._thread = LoopThread("native-runtime")
        self._helpers = HelperThreads(4, "native-runtime helper")
        # Apart from the helpers: a server that does not answer must not hold up the release of a dead worker's jobs.
        self._probers = HelperThreads(2, "native-runtime probe", patience=PROBE_PATIENCE)
        self._guard = Guard(launcher.run_marker)
        self._census = Census(self._thread.loop, guard=self._guard, ledger=launcher.ledger)
        self._meter = UsageMeter(clock)
        self._aftermath = Aftermath(thread=self._thread, helpers=self._helpers, bus=bus, launcher=launcher)
        self._patrol = Patrol(
            thread=self._thread, helpers=self._helpers, clock=clock, children=self._children.values
        )
        self._accepting = True
        self._around = Surroundings(
            loop=self._thread.loop,
            clock=clock,
            bus=bus,
            spawn=self._spawn,
            discard=self._discard,
            vitals=self._vitals,
            jitter=full_spread(0.1),
            on_message=self._on_message,
            on_run_over=self._on_run_over,
            on_state=self._patrol.notice,
        )

    @property
    def on_exit(self) -> Callable[[ChildExit], Mapping[str, Any] | None]:
        """See the class."""
        return self._aftermath.on_exit

    @on_exit.setter
    def on_exit(self, listener: Callable[[ChildExit], Mapping[str, Any] | None]) -> None:
        self._aftermath.on_exit = listener

    @property
    def on_tick(self) -> Callable[[], None]:
        """See the class."""
        return self._patrol.on_tick

    @on_tick.setter
    def on_tick(self, listener: Callable[[], None]) -> None:
        self._patrol.on_tick = listener

    # Service

    def begin(self) -> None:
        """End what an earlier run left behind, then be ready for children. Harmless twice."""
        if self._thread.is_running:
            return
        raise_limit()
        end_orphans(self._launcher.ledger, self._launcher.owner_marker)
        self._guard.begin()
        self._thread.begin()
        self._thread.call(lambda: self._guard.watch(self._thread.loop))

    def close(self) -> None:
        """Stop every child and the loop; returns when nothing runs. Harmless twice, or before `begin`."""
        if not self._thread.is_running:
            return
        self._thread.run(self._stop_all())
        self._thread.end()
        self._helpers.shutdown()
        self._probers.shutdown()
        self._guard.close()

    # Requests

    def start(self, spec: ChildSpec) -> ChildSnapshot:
        """Spawn a child, or return the one that runs under this name with the same spec.

        Raises:
            NameInUseError: Another spec runs under this name.
            CommandNotFoundError: There is no such command.
            OSError: The system refused: not executable, bad folder, too many processes.
        """
        prepared = self._launcher.prepare(spec)  # not on the loop: it may import the app's modules
        return self._thread.call(lambda: self._start(prepared))

    def stop(self, *names: str, origin: str | None = None) -> None:
        """End children and their trees, side by side; returns when they are gone. Harmless twice.

        They stay away, unless somebody starts them again meanwhile.
        """

        async def stop() -> None:
            runs_over = []
            for child in [
                self._child(name) for name in names
            ]:  # all names are known before the first is stopped
                child.stop(origin=origin)
                runs_over.append(child.run_over())
            await asyncio.gather(*runs_over)

        self._thread.run(stop())

    def accept_no_more(self) -> None:
        """From now on nothing can be started or restarted: the app is about to stop."""
        self._accepting = False

    def restart(self, name: str, *, origin: str | None = None) -> None:
        """End a child if it is alive and start it again at once; also "retry now" for one that waits."""

        def restart() -> None:
            self._require_accepting()
            self._child(name).restart(origin=origin)

        self._thread.call(restart)

    def wait(self, name: str, timeout: float | None = None) -> ExitStatus | None:
        """Wait until a child has ended for good and nobody is left of its tree; how, or None if it never ran.

        Raises:
            TimeoutError: It, or one of its tree, is still there after `timeout` seconds.
        """

        async def wait() -> ExitStatus | None:
            child = self._child(name)
            async with asyncio.timeout(timeout):
                await child.ended()
            return child.last_exit

        return self._thread.run(wait())

    def kill(
        self, name: str, asked: Asked, detail: str, *, unless: Callable[[], bool] = lambda: False
    ) -> bool:
        """End a child's tree at once, for a reason of ours; its policy then decides. False if it does not run.

        `unless` is asked on the loop's thread right before the kill; where it holds nothing is done: False.
        """
        return self._thread.call(lambda: not unless() and self._child(name).kill(asked, detail))

    def forget(self, name: str) -> None:
        """Drop a child that has ended from the list. Unknown names are harmless."""

        def forget() -> None:
            child = self._children.get(name)
            if child and has_ended(child.state):
                del self._children[name]

        self._thread.call(forget)

    def message(self, name: str, text: str) -> None:
        """Write `text` to a child's stdin, UTF-8; a line end is the caller's to add.

        Never waits for the child: what it has not read yet waits here, up to `STDIN_LIMIT` bytes.

        Raises:
            NotRunningError: There is no process to take it.
            NotListeningError: It has closed its stdin, or has just ended.
            MessageTooLargeError: More would wait than may.
        """
        data = text.encode()

        def message() -> None:
            child = self._child(name)
            if child.run is None or child.run.is_over:
                raise NotRunningError(name, child.state)
            waiting = child.run.process.stdin_waiting
            if waiting + len(data) > STDIN_LIMIT:
                raise MessageTooLargeError(name, len(data), waiting, STDIN_LIMIT)
            if not child.run.process.write_stdin(data):
                raise NotListeningError(name)

        self._thread.call(message)

    def control(self, name: str, message: Mapping[str, object]) -> bool:
        """Send a control message; False if the child is unknown, not running, or has no channel."""

        def send() -> bool:
            child = self._children.get(name)
            return child is not None and child.run is not None and child.run.send(message)

        return self._thread.call(send)

    def get(self, name: str) -> ChildSnapshot | None:
        """The child, or None."""
        return self._look_at([name]).get(name)

    def describe(self, name: str) -> ChildSnapshot:
        """The child.

        Raises:
            UnknownNameError: There is none of this name.
        """
        found = self.get(name)
        if found is None:
            raise UnknownNameError("child", name, list(self._children))
        return found

    def all(self) -> dict[str, ChildSnapshot]:
        """All children by name, in the order in which they were first started."""
        return self._look_at(None)

    def _look_at(self, names: Collection[str] | None) -> dict[str, ChildSnapshot]:
        if not self._thread.is_running:
            return {}

        def snapshots() -> list[ChildSnapshot]:
            wanted = (
                list(self._children) if names is None else [name for name in names if name in self._children]
            )
            return [self._children[name].snapshot() for name in wanted]

        # Measured here, on the caller's thread: it reads /proc and must not hold up the loop.
        return {each.name: each for each in self._meter.measure(self._thread.call(snapshots))}

    def last_lines(self, name: str, count: int = 200) -> tuple[str, ...]:
        """The latest output lines of a child, both streams, oldest first."""
        return self._thread.call(lambda: self._child(name).last_lines(count))

    # On the loop

    def _start(self, spec: ChildSpec) -> ChildSnapshot:
        self._require_accepting()
        child = self._children.get(spec.name)
        if child is not None and not has_ended(child.state):
            differing = child.spec.differing(spec)
            if differing:
                raise NameInUseError(spec.name, child.run.pid if child.run else None, differing)
        else:
            child = Child(spec, self._around, self._launcher.log_file(spec.name))
            self._children[spec.name] = child
        child.start()
        return child.snapshot()

    def _vitals(self, spec: ChildSpec) -> Vitals:
        return Vitals(
            clock=self._clock,
            helpers=self._probers,
            heartbeat_file=self._launcher.heartbeat_file(spec.name),
        )

    def _spawn(self, spec: ChildSpec) -> tuple[Process, str]:
        process, marker = self._launcher.spawn(spec)
        try:
            self._census.enter(spec.name, process.pid)
        except BaseException:
            self._discard(process, marker)
            raise
        return process, marker

    def _discard(self, process: Process, marker: str) -> None:
        process.discard()
        self._aftermath.sweep(marker)
        self._census.leave(process.pid)

    def _child(self, name: str) -> Child:
        child = self._children.get(name)
        if child is None:
            raise UnknownNameError("child", name, list(self._children))
        return child

    async def _stop_all(self) -> None:
        self.accept_no_more()  # a handler that answers an exit with a start must not outlive us
        children = list(self._children.values())
        for child in reversed(children):
            child.stop()
        await asyncio.gather(*(child.ended() for child in children))
        self._patrol.end()
        self._guard.unwatch()
        for child in children:
            child.log.close()

    def _on_message(self, child: Child, message: Mapping[str, Any]) -> None:
        if child.run is not None:
            self.on_control(child.spec.name, child.run.pid, message)

    def _on_run_over(self, child: Child, run: Run, status: ExitStatus, go_on: Callable[[], None]) -> None:
        self._aftermath.begin(child, run, status, go_on)
        # Afterwards, for the way back must be short; unless the replacement has the very pid of the old run.
        if child.run is None or child.run is run or child.run.pid != run.pid:
            self._census.leave(run.pid)
            self._meter.forget(run.pid)
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        """An app that starts a child of another name for each file must not remember them all for ever."""
        ended = [name for name, child in self._children.items() if has_ended(child.state)]
        for name in ended[:-ENDED_KEPT]:
            del self._children[name]

    def _require_accepting(self) -> None:
        if not self._accepting:
            raise RuntimeError("the runtime is stopping; nothing can be started any more")
