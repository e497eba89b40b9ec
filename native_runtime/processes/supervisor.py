"""Keeps children alive: one asyncio loop in one thread owns them all; everybody else sends it requests."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from native_runtime.backoff import full_spread
from native_runtime.errors import MessageTooLargeError, NameInUseError, NotRunningError, UnknownNameError
from native_runtime.processes.child import Child, Surroundings
from native_runtime.processes.exit_status import Asked
from native_runtime.processes.guard import Guard
from native_runtime.processes.identity import identity_of
from native_runtime.processes.limits import over_hard_limit
from native_runtime.processes.memory import tree_rss
from native_runtime.processes.orphans import end_orphans
from native_runtime.processes.state import ChildState, has_ended, is_alive
from native_runtime.processes.sweeper import Sweeper
from native_runtime.processes.vitals import Vitals

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from native_runtime.clock import Clock
    from native_runtime.events import EventBus
    from native_runtime.processes.exit_status import ExitStatus
    from native_runtime.processes.launcher import Launcher
    from native_runtime.processes.run import Run
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.processes.spawner import Process
    from native_runtime.processes.spec import ChildSpec

STDIN_LIMIT: Final = 1024 * 1024  # bytes of messages that may wait for a child to read them
TICK: Final = (
    0.25  # seconds between looks at memory and timeouts, only while something runs that has such limits
)

log = logging.getLogger("native_runtime.processes")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildExit:
    """A run of a child that speaks the control protocol is over.

    Attributes:
        name: The child's name.
        pid: Of the run that ended.
        worker: Name of its `[workers.…]` section, or None.
        status: How it ended.
    """

    name: str
    pid: int
    worker: str | None
    status: ExitStatus


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
        self.on_exit: Callable[[ChildExit], Mapping[str, Any] | None] = lambda _exit: None
        self.on_tick: Callable[[], None] = lambda: None
        self._clock = clock
        self._bus = bus
        self._launcher = launcher
        self._children: dict[str, Child] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run_loop, name="native-runtime", daemon=True)
        self._helpers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="native-runtime-helper")
        # Apart from the helpers: a server that does not answer must not hold up the release of a dead worker's jobs.
        self._probers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="native-runtime-probe")
        self._sweeper = Sweeper(self._loop, self._helpers)
        self._guard = Guard(launcher.run_marker)
        self._ticking: asyncio.TimerHandle | None = None
        self._tick_running = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = False
        self._accepting = True
        self._around = Surroundings(
            loop=self._loop,
            clock=clock,
            bus=bus,
            spawn=self._spawn,
            vitals=self._vitals,
            jitter=full_spread(0.1),
            on_message=self._on_message,
            on_run_over=self._on_run_over,
            on_state=self._on_state,
        )

    # Service

    def begin(self) -> None:
        """End what an earlier run left behind, then be ready for children. Harmless twice."""
        if self._running:
            return
        self._running = True
        end_orphans(self._launcher.ledger, self._launcher.owner_marker)
        self._guard.begin()
        self._thread.start()

    def close(self) -> None:
        """Stop every child and the loop; returns when nothing runs. Harmless twice, or before `begin`."""
        if not self._running:
            return
        self._await(self._stop_all())
        self._running = False
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._helpers.shutdown()
        self._probers.shutdown(wait=False)
        self._guard.close()

    # Requests

    def start(self, spec: ChildSpec) -> ChildSnapshot:
        """Spawn a child, or return the one that runs under this name with the same spec.

        Raises:
            NameInUseError: Another spec runs under this name.
            CommandNotFoundError: There is no such command.
            OSError: The system refused: not executable, bad folder, too many processes.
        """
        return self._on_loop(lambda: self._start(self._launcher.prepare(spec)))

    def stop(self, name: str, *, origin: str | None = None) -> None:
        """End a child and its tree; returns when it is gone and will not come back. Harmless twice."""

        async def stop() -> None:
            child = self._child(name)
            child.stop(origin=origin)
            await child.ended()

        self._await(stop())

    def restart(self, name: str, *, origin: str | None = None) -> None:
        """End a child if it is alive and start it again at once; also "retry now" for one that waits."""

        def restart() -> None:
            self._require_accepting()
            self._child(name).restart(origin=origin)

        self._on_loop(restart)

    def wait(self, name: str, timeout: float | None = None) -> ExitStatus | None:
        """Wait until a child has ended for good; how, or None if it never ran.

        Raises:
            TimeoutError: It is still there after `timeout` seconds.
        """

        async def wait() -> ExitStatus | None:
            child = self._child(name)
            async with asyncio.timeout(timeout):
                await child.ended()
            return child.last_exit

        return self._await(wait())

    def kill(self, name: str, asked: Asked, detail: str) -> bool:
        """End a child's tree at once, for a reason of ours; its policy then decides. False if it does not run."""
        return self._on_loop(lambda: self._child(name).kill(asked, detail))

    def forget(self, name: str) -> None:
        """Drop a child that has ended from the list. Unknown names are harmless."""

        def forget() -> None:
            child = self._children.get(name)
            if child and has_ended(child.state):
                del self._children[name]

        self._on_loop(forget)

    def message(self, name: str, text: str) -> None:
        """Write `text` to a child's stdin, UTF-8; a line end is the caller's to add.

        Never waits for the child: what it has not read yet waits here, up to `STDIN_LIMIT` bytes.

        Raises:
            NotRunningError: There is no process to take it.
            MessageTooLargeError: More would wait than may.
        """
        data = text.encode()

        def message() -> None:
            child = self._child(name)
            if child.run is None:
                raise NotRunningError(name, child.state)
            waiting = child.run.process.stdin_waiting
            if waiting + len(data) > STDIN_LIMIT:
                raise MessageTooLargeError(name, len(data), waiting, STDIN_LIMIT)
            child.run.process.write_stdin(data)

        self._on_loop(message)

    def control(self, name: str, message: Mapping[str, object]) -> bool:
        """Send a control message; False if the child is unknown, not running, or has no channel."""

        def send() -> bool:
            child = self._children.get(name)
            return child is not None and child.run is not None and child.run.send(message)

        return self._on_loop(send)

    def get(self, name: str) -> ChildSnapshot | None:
        """The child, or None."""

        def snapshot() -> ChildSnapshot | None:
            child = self._children.get(name)
            return child.snapshot() if child else None

        found = self._on_loop(snapshot) if self._running else None
        return _measured(found) if found else None

    def describe(self, name: str) -> ChildSnapshot:
        """The child.

        Raises:
            UnknownNameError: There is none of this name.
        """
        return _measured(self._on_loop(lambda: self._child(name).snapshot()))

    def all(self) -> dict[str, ChildSnapshot]:
        """All children by name, in the order in which they were first started."""
        if not self._running:
            return {}
        snapshots = self._on_loop(lambda: [child.snapshot() for child in self._children.values()])
        # Measured here, on the caller's thread: it reads /proc and must not hold up the loop.
        return {each.name: _measured(each) for each in snapshots}

    def last_lines(self, name: str, count: int = 200) -> tuple[str, ...]:
        """The latest output lines of a child, both streams, oldest first."""
        return self._on_loop(lambda: self._child(name).last_lines(count))

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
        identity = identity_of(process.pid)
        if identity is not None:
            self._guard.enter(process.pid, identity)
            self._launcher.ledger.enter(spec.name, process.pid, identity)
        return process, marker

    def _child(self, name: str) -> Child:
        child = self._children.get(name)
        if child is None:
            raise UnknownNameError("child", name, list(self._children))
        return child

    async def _stop_all(self) -> None:
        self._accepting = False  # a handler that answers an exit with a start must not outlive us
        children = list(self._children.values())
        for child in reversed(children):
            child.stop()
        await asyncio.gather(*(child.ended() for child in children))
        if self._ticking:
            self._ticking.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)  # crash reports on their way to the disk
        for child in children:
            child.log.close()

    def _on_message(self, child: Child, message: Mapping[str, Any]) -> None:
        if child.run is not None:
            self.on_control(child.spec.name, child.run.pid, message)

    def _on_run_over(self, child: Child, run: Run, status: ExitStatus, go_on: Callable[[], None]) -> None:
        self._guard.leave(run.pid)
        self._launcher.ledger.leave(run.pid)
        if child.spec.control or not child.comes_back:
            self._background(self._bury(child, run, status, go_on))
        else:
            # The shortest way back. What the old run left behind bears the old run's marker, so it can
            # be ended beside the new one.
            go_on()
            self._background(self._clear_up(child.spec, run, status, None))

    async def _bury(self, child: Child, run: Run, status: ExitStatus, go_on: Callable[[], None]) -> None:
        """Release what a worker held before it comes back; end the whole tree before a child counts as gone."""
        job = await self._release(child.spec, run, status) if child.spec.control else None
        if not child.comes_back:
            await self._sweeper.sweep(run.marker)
        go_on()
        await self._clear_up(child.spec, run, status, job)

    async def _release(self, spec: ChildSpec, run: Run, status: ExitStatus) -> Mapping[str, Any] | None:
        over = ChildExit(name=spec.name, pid=run.pid, worker=spec.worker, status=status)
        try:
            return await self._loop.run_in_executor(self._helpers, self.on_exit, over)
        except Exception:  # a store that fails must not keep the worker from coming back
            log.exception("what %s held could not be released", spec.name)
            return None

    async def _clear_up(
        self, spec: ChildSpec, run: Run, status: ExitStatus, job: Mapping[str, Any] | None
    ) -> None:
        await self._sweeper.sweep(run.marker)
        if status.reason.is_crash and run.leaving is None:
            await self._report_crash(spec, run, status, job)

    async def _report_crash(
        self, spec: ChildSpec, run: Run, status: ExitStatus, job: Mapping[str, Any] | None
    ) -> None:
        lines = run.last_lines(self._launcher.crash_lines)
        event = await self._loop.run_in_executor(
            self._helpers, self._launcher.report_crash, spec, run, status, job, lines
        )
        if event is not None:
            self._bus.publish(event)

    def _on_state(self, child: Child) -> None:
        if self._ticking is None and _needs_watch(child):
            self._ticking = self._loop.call_later(TICK, self._tick)

    def _tick(self) -> None:
        watched = [child for child in self._children.values() if _needs_watch(child)]
        self._ticking = self._loop.call_later(TICK, self._tick) if watched else None
        for child in watched:
            self._check_memory(child)
        if not self._tick_running and any(child.state is ChildState.BUSY for child in watched):
            self._tick_running = True
            self._background(self._tell_tick())

    async def _tell_tick(self) -> None:
        try:
            await self._loop.run_in_executor(self._helpers, self.on_tick)
        except Exception:  # a failing listener must not end the watch over memory
            log.exception("the tick failed")
        finally:
            self._tick_running = False

    def _check_memory(self, child: Child) -> None:
        run = child.run
        rss = tree_rss(run.pid) if run else None
        if run is None or rss is None:
            return
        run.memory.append((self._clock.monotonic() - run.started_at, rss))
        detail = over_hard_limit(rss, child.spec.memory)
        if detail:
            child.kill(Asked.MEMORY, detail)

    # Between threads

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_loop(self, function: Callable[[], T]) -> T:
        """Run `function` on the loop's thread and return what it returns."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001 - handed over to the caller, who raises it
                future.set_exception(error)

        self._require_running()
        self._loop.call_soon_threadsafe(run)
        return future.result()

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            self._require_running()
        except RuntimeError:
            work.close()
            raise
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _require_accepting(self) -> None:
        if not self._accepting:
            raise RuntimeError("the runtime is stopping; nothing can be started any more")

    def _require_running(self) -> None:
        if not self._running:
            raise RuntimeError("the runtime is not running; start it before starting children")
        if threading.current_thread() is self._thread:
            raise RuntimeError("the supervisor's own loop cannot wait for itself; call from another thread")


def _needs_watch(child: Child) -> bool:
    if child.spec.control:
        return child.state is ChildState.BUSY or child.state is ChildState.STOPPING
    return child.spec.memory.hard is not None and is_alive(child.state)


def _measured(snapshot: ChildSnapshot) -> ChildSnapshot:
    if snapshot.pid is None:
        return snapshot
    return replace(snapshot, rss=tree_rss(snapshot.pid))
