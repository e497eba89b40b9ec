"""Keeps children alive: one asyncio loop in one thread owns them all; everybody else sends it requests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from native_runtime.backoff import spread
from native_runtime.errors import NameInUseError, UnknownNameError
from native_runtime.processes import stdin
from native_runtime.processes.aftermath import Aftermath, ChildExit
from native_runtime.processes.births import Births
from native_runtime.processes.census import Census
from native_runtime.processes.child import Child
from native_runtime.processes.descriptors import raise_limit
from native_runtime.processes.exit_status import Asked
from native_runtime.processes.family import Family
from native_runtime.processes.guard import Guard
from native_runtime.processes.helper_threads import HelperThreads
from native_runtime.processes.loop_thread import LoopThread
from native_runtime.processes.orphans import end_orphans
from native_runtime.processes.patrol import Patrol
from native_runtime.processes.state import has_ended
from native_runtime.processes.surroundings import Surroundings
from native_runtime.processes.usage import UsageMeter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from native_runtime.clock import Clock
    from native_runtime.events import EventBus
    from native_runtime.processes.exit_status import ExitStatus
    from native_runtime.processes.launcher import Launcher
    from native_runtime.processes.ring import Output
    from native_runtime.processes.run import Run
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.processes.spec import ChildSpec

PROBE_PATIENCE: Final = 0.25  # seconds that `close` waits for each of two probes; a server may answer never
READY_WITHIN: Final = 60.0  # seconds a newcomer has until the child is not replaced by it


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
        self._family = Family()
        self._thread = LoopThread("native-runtime")
        self._helpers = HelperThreads(4, "native-runtime helper")
        # Apart from the helpers: a server that does not answer must not hold up the release of a dead worker's jobs.
        self._probers = HelperThreads(2, "native-runtime probe", patience=PROBE_PATIENCE)
        self._guard = Guard(launcher.run_marker)
        self._census = Census(self._thread.loop, guard=self._guard, ledger=launcher.ledger)
        self._meter = UsageMeter(clock)
        self._aftermath = Aftermath(thread=self._thread, helpers=self._helpers, bus=bus, launcher=launcher)
        self._patrol = Patrol(
            thread=self._thread, helpers=self._helpers, clock=clock, children=self._family.everybody
        )
        self._accepting = True
        births = Births(
            launcher=launcher,
            census=self._census,
            aftermath=self._aftermath,
            clock=clock,
            probers=self._probers,
        )
        self._around = Surroundings(
            loop=self._thread.loop,
            clock=clock,
            bus=bus,
            spawn=births.spawn,
            discard=births.discard,
            vitals=births.vitals,
            spread=spread,
            on_message=self._on_message,
            on_run_over=self._on_run_over,
            on_state=self._on_state,
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
            found = [self._family.all_of(name) for name in names]  # all are known before the first is stopped
            for child in [child for children in found for child in children]:
                child.stop(origin=origin)
                runs_over.append(child.run_over())
            await asyncio.gather(*runs_over)

        self._thread.run(stop())

    def replace(
        self, spec: ChildSpec, *, reason: str, origin: str | None = None, patience: float = READY_WITHIN
    ) -> None:
        """Put a fresh process by `spec` in the place of a child's own; returns when that is ready.

        The old one then leaves once it has finished its job, however long that takes.

        Raises:
            ReplacementError: It was not; the old process goes on. See `Successions.replace`.
        """
        prepared = self._launcher.prepare(spec)

        async def replaced() -> None:
            self._require_accepting()
            await self._family.successions.replace(
                prepared, self._around, reason=reason, origin=origin, patience=patience
            )

        self._thread.run(replaced())

    def call_off(self, name: str) -> None:
        """Put away the newcomer that is to replace a child, if there is one; returns at once."""
        self._thread.call(lambda: self._family.successions.abandon(name))

    def retire(self, *names: str, origin: str | None = None) -> None:
        """As `stop`, but workers finish their job, however long it takes. Returns at once; their names are free."""

        def retire() -> None:
            for name in names:
                self._family.see_off(name, origin=origin)

        self._thread.call(retire)

    def accept_no_more(self) -> None:
        """From now on nothing can be started or restarted: the app is about to stop."""
        self._accepting = False

    def restart(self, name: str, *, origin: str | None = None) -> None:
        """End a child if it is alive and start it again at once; also "retry now" for one that waits."""

        def restart() -> None:
            self._require_accepting()
            self._family.child(name).restart(origin=origin)

        self._thread.call(restart)

    def wait(self, name: str, timeout: float | None = None) -> ExitStatus | None:
        """Wait until a child has ended for good and nobody is left of its tree; how, or None if it never ran.

        Raises:
            TimeoutError: It, or one of its tree, is still there after `timeout` seconds.
        """

        async def wait() -> ExitStatus | None:
            child = self._family.child(name)
            async with asyncio.timeout(timeout):
                await child.ended()
            return child.last_exit

        if not self._thread.is_running:  # all have ended with it
            return self._family.child(name).last_exit
        return self._thread.run(wait())

    def kill(
        self,
        name: str,
        asked: Asked,
        detail: str,
        *,
        pid: int | None = None,
        unless: Callable[[], bool] = lambda: False,
    ) -> bool:
        """End a child's tree, or that of its process `pid`, at once; its policy then decides. False if it does not run.

        `unless` is asked on the loop's thread right before the kill; where it holds nothing is done: False.
        """

        def kill() -> bool:
            if unless():
                return False
            children = [self._family.child(name)] if pid is None else self._family.of_pid(name, pid)
            killed = [child.kill(asked, detail) for child in children]
            return any(killed)

        return self._thread.call(kill)

    def forget(self, name: str) -> None:
        """Drop a child that has ended from the list. Unknown names are harmless."""
        self._thread.call(lambda: self._family.forget(name))

    def message(self, name: str, text: str) -> None:
        """Write `text` to a child's stdin, UTF-8; a line end is the caller's to add.

        Never waits for the child: what it has not read yet waits here, up to `stdin.STDIN_LIMIT` bytes.

        Raises:
            NotRunningError: There is no process to take it.
            NotListeningError: It has closed its stdin, or has just ended.
            MessageTooLargeError: More would wait than may.
        """
        data = text.encode()
        self._thread.call(lambda: stdin.write(self._family.child(name), data))

    def control(self, name: str, message: Mapping[str, object], *, pid: int | None = None) -> bool:
        """Send a control message to a child, or to that of its processes; False if nobody could be told."""

        def send() -> bool:
            runs = [child.run for child in self._family.of_pid(name, pid) if child.run is not None]
            taken = [run.send(message) for run in runs]
            return any(taken)

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
            raise UnknownNameError("child", name, list(self._family.named))
        return found

    def all(self) -> dict[str, ChildSnapshot]:
        """All children by name, in the order in which they were first started."""
        return self._look_at(None)

    def _look_at(self, names: Collection[str] | None) -> dict[str, ChildSnapshot]:
        snapshots = self._thread.ask(lambda: self._family.snapshots(names))
        # Measured here, on the caller's thread: it reads /proc and must not hold up the loop.
        return {each.name: each for each in self._meter.measure(snapshots)}

    def last_lines(self, name: str, count: int = 200) -> tuple[str, ...]:
        """The latest output lines of a child, both streams, oldest first."""
        return self._thread.ask(lambda: self._family.all_of(name)[0].last_lines(count))

    def output(self, name: str, count: int = 200) -> Output:
        """The same with their streams; whoever hears the events after `seq` hears what follows, and nothing twice."""
        return self._thread.ask(lambda: self._family.all_of(name)[0].output(count))

    # On the loop

    def _start(self, spec: ChildSpec) -> ChildSnapshot:
        self._require_accepting()
        child = self._family.named.get(spec.name)
        if child is not None and not has_ended(child.state):
            differing = child.spec.differing(spec)
            if differing:
                raise NameInUseError(spec.name, child.run.pid if child.run else None, differing)
        else:
            child = Child(spec, self._around, self._launcher.log_file(spec.name))
            self._family.named[spec.name] = child
        child.start()
        return child.snapshot()

    def _on_state(self, child: Child) -> None:
        self._patrol.notice(child)
        self._family.successions.notice(child, self._around)

    async def _stop_all(self) -> None:
        self.accept_no_more()  # a handler that answers an exit with a start must not outlive us
        children = self._family.everybody()
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
        self._family.forget_oldest()

    def _require_accepting(self) -> None:
        if not self._accepting:
            raise RuntimeError("the runtime is stopping; nothing can be started any more")
