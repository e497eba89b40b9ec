"""One named child through all its runs: follows the state table, and acts on what the restart policy decides."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, assert_never

from native_runtime.processes.comebacks import Comebacks
from native_runtime.processes.events import (
    ProcessExited,
    ProcessGaveUp,
    ProcessReady,
    ProcessRestarting,
    ProcessSpawned,
    ProcessStarting,
    ProcessStateChanged,
    ProcessStopped,
    ProcessStopping,
    StartupError,
)
from native_runtime.processes.exit_status import (
    Asked,
    ExitStatus,
    RawExit,
    classify,
    describe,
    explain,
)
from native_runtime.processes.farewell import Farewell
from native_runtime.processes.restart import (
    CrashLoop,
    Decision,
    GiveUp,
    Restart,
    StayDown,
)
from native_runtime.processes.ring import SILENCE, Output
from native_runtime.processes.run import Run
from native_runtime.processes.snapshot import ChildSnapshot
from native_runtime.processes.state import ChildState, Trigger, has_ended, is_alive, next_state
from native_runtime.processes.waiters import Waiters

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from native_runtime.events import Event
    from native_runtime.processes.log_file import LogFile
    from native_runtime.processes.spawner import Process
    from native_runtime.processes.spec import ChildSpec
    from native_runtime.processes.surroundings import Surroundings

_STATE_MESSAGES: Final = {"idle": Trigger.WENT_IDLE, "busy": Trigger.WENT_BUSY}


class Child:
    """Owned by the loop's thread; `snapshot()` is how others see it.

    Attributes:
        name: Under which it is listed and told of: its spec's, unless it is about to replace that child.
    """

    def __init__(
        self, spec: ChildSpec, surroundings: Surroundings, log: LogFile, *, name: str | None = None
    ) -> None:
        self.spec = spec
        self.name = name or spec.name
        self.state = ChildState.STOPPED
        self.run: Run | None = None
        self.last_exit: ExitStatus | None = None
        self.comebacks = Comebacks(clock=surroundings.clock, spread=surroundings.spread)
        self.log = log
        self._around = surroundings
        self._wanted = False
        self._pause: asyncio.TimerHandle | None = None
        self._farewell = Farewell(surroundings.loop)
        self._vitals: asyncio.Task[None] | None = None
        self._last_run: Run | None = None
        self._awaiting_exit = Waiters(surroundings.loop)
        self._awaiting_end = Waiters(surroundings.loop)

    def start(self) -> None:
        """Spawn it, unless it is alive already; one that waits for its restart comes back now.

        Raises:
            OSError: It cannot be spawned; the child is then `failed`.
        """
        self._wanted = True
        if is_alive(self.state):
            return
        self._cancel_pause()
        try:
            self._spawn()
        except Exception as error:  # whatever it is, the child must not stay "starting" for ever
            self._tell_start_failed(error)
            if self.spec.persistent and self._last_run is not None:
                self._try_again_slowly()
            else:
                self._move(Trigger.GAVE_UP, ProcessGaveUp(name=self.name, reason=str(error)))
            raise

    def stop(self, *, origin: str | None = None) -> None:
        """Ask it to leave, kill its tree when the grace is over; a pending restart is cancelled."""
        self._leave(Asked.STOP, origin=origin, patient=False)

    def retire(self, *, asked: Asked | None = None, origin: str | None = None) -> None:
        """As `stop`, but the grace begins when the job in hand is over. `asked` None: how it leaves says why."""
        self._leave(asked, origin=origin, patient=True)

    def restart(self, *, origin: str | None = None) -> None:
        """End it if it is alive, and start it again at once, whatever its policy says."""
        if is_alive(self.state):
            self._wanted = True
            self._ask_to_leave(Asked.STOP, origin=origin, patient=False)
        else:
            self.start()

    def kill(self, asked: Asked, detail: str) -> bool:
        """End its tree now, for a reason of ours. False if there is no process."""
        run = self.run
        if run is None or run.is_over:
            return False
        if run.asked is None or self._farewell.waits_for_job:
            run.asked, run.detail = asked, detail
        run.process.kill_tree()
        return True

    def run_over(self) -> Coroutine[Any, Any, None]:
        """Wait until the current run, if there is one, is gone, and nobody is left of its tree.

        The run of now, not of the moment of the await: whoever starts the child meanwhile begins another.
        """
        return self._tree_gone_after(self._awaiting_exit.join(is_over=self.run is None))

    async def ended(self) -> None:
        """Return once nothing of it runs, nothing is planned, and nobody is left of the last run's tree."""
        await self._tree_gone_after(self._awaiting_end.join(is_over=has_ended(self.state)))

    @property
    def comes_back(self) -> bool:
        """True if nobody asked it to stay away."""
        return self._wanted

    def last_lines(self, count: int) -> tuple[str, ...]:
        """The latest output lines of the current run, or of the last one."""
        return run.last_lines(count) if (run := self.run or self._last_run) else ()

    def output(self, count: int) -> Output:
        """The same with their streams, and up to which event they were told."""
        return run.output(count) if (run := self.run or self._last_run) else SILENCE

    def snapshot(self) -> ChildSnapshot:
        """A copy for other threads; memory and CPU are filled in by whoever has the time to measure."""
        now = self._around.clock.monotonic()
        return ChildSnapshot(
            name=self.name,
            command=self.spec.command,
            worker=self.spec.worker,
            state=self.state,
            pid=self.run.pid if self.run else None,
            uptime=now - self.run.started_at if self.run else None,
            restarts=self.comebacks.total,
            rss=None,
            cpu_percent=None,
            last_exit=self.last_exit,
            persistent=self.spec.persistent,
            retry_in=max(0.0, self._pause.when() - self._around.loop.time()) if self._pause else None,
        )

    async def _tree_gone_after(self, moment: asyncio.Future[None]) -> None:
        await moment
        if self._last_run and self._last_run.swept:
            await asyncio.shield(self._last_run.swept)  # others wait for it when this one gives up

    def _spawn(self) -> None:
        self._move(Trigger.SPAWN, ProcessStarting(name=self.name, command=self.spec.command))
        process, marker = self._around.spawn(self.spec)
        try:
            run = self.run = self._attend(process, marker)
        except BaseException:  # whom nobody watches must not live
            self._around.discard(process, marker)
            raise
        self._around.bus.publish(ProcessSpawned(name=self.name, pid=run.pid))
        if self.spec.ready or self.spec.health:
            self._vitals = self._around.loop.create_task(self._watch(run))
        if not self.spec.ready and not self.spec.control:
            self._become_ready()

    def _attend(self, process: Process, marker: str) -> Run:
        run = Run(
            self.spec.name,
            process,
            marker=marker,
            started_at=self._around.clock.monotonic(),
            loop=self._around.loop,
            bus=self._around.bus,
            log=self.log,
        )
        run.listen(on_message=self._on_message, on_exit=lambda code: self._on_exit(run, code))
        return run

    async def _watch(self, run: Run) -> None:
        vitals, ready, health = self._around.vitals(self.spec), self.spec.ready, self.spec.health
        if ready is not None:
            if not await run.becomes_ready(ready, vitals):
                self.kill(
                    Asked.UNHEALTHY, f"was not ready within {ready.timeout:g} s: no sign of {ready.probe}"
                )
                return
            self._become_ready()
        if health is not None:
            await vitals.fall_ill(health)
            self.kill(Asked.UNHEALTHY, f"{health.retries} times in a row there was no sign of {health.probe}")

    def _become_ready(self) -> None:
        if self.run and self.run.ready_at is None:
            self.run.ready_at = self._around.clock.monotonic()
            if self.state is ChildState.STARTING:
                self._move(Trigger.READY, ProcessReady(name=self.name, pid=self.run.pid))

    def _on_message(self, message: Mapping[str, Any]) -> None:
        kind = message.get("ev")
        if kind == "ready":
            self._become_ready()
        elif kind == "leaving" and self.run:
            self.run.leaves(message)
        elif kind in _STATE_MESSAGES and self.state in (ChildState.RUNNING, ChildState.IDLE, ChildState.BUSY):
            state = ChildState(kind)
            if state is not self.state:
                changed = ProcessStateChanged(
                    name=self.name, state=kind, pid=self.run.pid if self.run else None
                )
                self._move(_STATE_MESSAGES[kind], changed)
        if self.state is ChildState.STOPPING and self.run:
            self._farewell.heard(str(kind), self.run)
        self._around.on_message(self, message)

    def _leave(self, asked: Asked | None, *, origin: str | None, patient: bool) -> None:
        self._wanted = False
        if is_alive(self.state):
            self._ask_to_leave(asked, origin=origin, patient=patient)
        elif self.state is not ChildState.STOPPED:
            self._cancel_pause()
            self._move(Trigger.STOP, ProcessStopped(name=self.name, origin=origin))

    def _ask_to_leave(self, asked: Asked | None, *, origin: str | None, patient: bool) -> None:
        run, grace, is_busy = self.run, self.spec.stop_timeout, self.state is ChildState.BUSY
        if run is None:
            return  # over and about to be told
        if self.state is not ChildState.STOPPING:
            run.asked, run.detail = asked, "asked to stop" if asked else ""
            leaving = ProcessStopping(name=self.name, pid=run.pid, grace=grace, origin=origin)
            self._move(Trigger.STOP, leaving)
            self._farewell.ask(run, grace, waits_for_job=patient, is_busy=is_busy)
        elif not patient:
            self._farewell.insist(run)

    def _on_exit(self, run: Run, returncode: int) -> None:
        raw = RawExit.from_returncode(returncode)
        reason = classify(raw, run.asked, announced_recycle=run.leaving is not None)
        status = ExitStatus(
            reason=reason,
            exit_code=raw.code,
            signal=describe(raw) if raw.signal is not None else None,
            detail=explain(raw, reason, why=run.detail, leaving=run.leaving),
            at=self._around.clock.utc(),
            uptime=self._around.clock.monotonic() - run.started_at,
        )
        self.last_exit = status
        run.is_over = True
        if self._vitals:
            self._vitals.cancel()
            self._vitals = None
        self._around.on_run_over(self, run, status, lambda: self._go_on(run, status))

    def _go_on(self, run: Run, status: ExitStatus) -> None:
        self.run, self._last_run = None, run
        self._farewell.is_over()
        exited = ProcessExited.of(self.name, run.pid, status)
        self.log.close()  # opened again by whoever writes next; a child that stays away holds nothing
        self._awaiting_exit.tell()
        decision = self._decide(run, status)
        match decision:
            case StayDown():
                self._move(Trigger.EXITED, exited)
            case GiveUp():
                self._move(Trigger.GAVE_UP, exited)
                reason = (
                    f"came back {self.spec.policy.max_restarts} times within {self.spec.policy.period:g} s"
                )
                self._around.bus.publish(ProcessGaveUp(name=self.name, reason=reason))
            case CrashLoop(delay):
                self._move(Trigger.BUDGET_SPENT, exited)
                self._come_back(delay, counts=True)
            case Restart(delay, counts):
                self._move(Trigger.EXITED_RESTART, exited)
                self._come_back(delay, counts=counts)
            case _:
                assert_never(decision)

    def _decide(self, run: Run, status: ExitStatus) -> Decision:
        if not self._wanted:
            return StayDown()
        if run.asked is Asked.STOP:  # a restart somebody asked for
            return Restart(0.0, counts=False)
        return self.comebacks.decide(self.spec.policy, status.reason, run)

    def _come_back(self, delay: float, *, counts: bool) -> None:
        self.comebacks.add(delay, counts=counts)
        looping = self.state is ChildState.CRASH_LOOPING
        self._around.bus.publish(
            ProcessRestarting(
                name=self.name, delay=delay, restarts=self.comebacks.total, crash_looping=looping
            )
        )
        if delay > 0:
            self._pause = self._around.loop.call_later(delay, self._respawn)
        else:
            self._respawn()

    def _respawn(self) -> None:
        self._pause = None
        try:
            self._spawn()
        except Exception as error:  # noqa: BLE001 - as above; told by an event
            self._tell_start_failed(error)
            self._try_again_slowly()

    def _try_again_slowly(self) -> None:
        """It could be started before. Whatever is wrong may pass."""
        self._move(Trigger.BUDGET_SPENT, None)
        self._come_back(self.spec.policy.max_delay, counts=True)

    def _tell_start_failed(self, error: Exception) -> None:
        self.last_exit = ExitStatus.of_failed_start(error, at=self._around.clock.utc())
        self._around.bus.publish(StartupError(name=self.name, error=str(error)))

    def _move(self, trigger: Trigger, event: Event | None) -> None:
        self.state = next_state(self.name, self.state, trigger)
        if event is not None:
            self._around.bus.publish(event)
        self._around.on_state(self)
        if has_ended(self.state):
            self._awaiting_end.tell()

    def _cancel_pause(self) -> None:
        if self._pause:
            self._pause.cancel()
            self._pause = None
