"""One child that exists only in a test: real state table, real exit reasons, real restart policy, the test's clock."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final, assert_never

from native_runtime.processes.exit_status import (
    Asked,
    ExitReason,
    ExitStatus,
    RawExit,
    classify,
    describe,
    explain,
)
from native_runtime.processes.restart import (
    CrashLoop,
    Decision,
    GiveUp,
    Restart,
    StayDown,
    decide,
    recent_restarts,
)
from native_runtime.processes.snapshot import ChildSnapshot
from native_runtime.processes.state import ChildState, Trigger, is_alive, next_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.processes.spec import ChildSpec

_ROUNDING: Final = 1e-6  # seconds: `advance(retry_in)` must reach the moment, whatever the floats add up to


class FakeChild:
    """Nothing runs until `start`; what became due since the last look happens in `settle`.

    Args:
        spec: What it is.
        clock: Time.
        spawn: Gives each new run of that name its pid, or raises the OSError that a test wants.
        earlier: The child that had this name before, whose record it carries on.

    Attributes:
        output: Lines of the current run, or of the last one.
        messages: What was sent to a child of this name.
        listens: The current run reads its stdin.
        comebacks: How often a child of this name ran again without being started anew.
    """

    def __init__(
        self,
        spec: ChildSpec,
        *,
        clock: Clock,
        spawn: Callable[[str], int],
        earlier: FakeChild | None = None,
    ) -> None:
        self.spec = spec
        self.state = ChildState.STOPPED
        self.pid: int | None = None
        self.output: list[str] = []
        self.messages: list[str] = earlier.messages if earlier else []
        self.listens = True
        self.comebacks: int = earlier.comebacks if earlier else 0
        self.last_exit: ExitStatus | None = None
        self._clock = clock
        self._spawn = spawn
        self._has_run = False
        self._restarts = 0
        self._restart_times: tuple[float, ...] = ()
        self._streak = 0
        self._began = 0.0
        self._ready_at: float | None = None
        self._retry_at: float | None = None

    # What the app asks for

    def start(self) -> None:
        """Run, unless it is alive already; one that waits for its restart comes back now.

        Raises:
            OSError: The test wants it; the child is then `failed`, or `crash_looping` if it is persistent and
                this same child has run before.
        """
        if is_alive(self.state):
            return
        self._retry_at = None
        now = self._clock.monotonic()
        try:
            self._run(now)
        except OSError as error:
            self._tell_start_failed(error, now)
            if self.spec.persistent and self._has_run:
                self._try_again_slowly(now)
            else:
                self._move(Trigger.GAVE_UP)
            raise

    def stop(self) -> None:
        """End because somebody asked for it; a pending restart is cancelled. Harmless twice."""
        if is_alive(self.state):
            self._leave()
            self._move(Trigger.EXITED)
        elif self.state is not ChildState.STOPPED:
            self._retry_at = None
            self._move(Trigger.STOP)

    def restart(self) -> None:
        """End if it is alive, and run again at once, whatever its policy says."""
        if is_alive(self.state):
            self._leave()
            self._move(Trigger.EXITED_RESTART)
            self._come_back(self._clock.monotonic(), 0.0, counts=False)
            self.settle()
        else:
            self.start()
            self.comebacks += 1

    # What the test makes happen

    def become_ready(self) -> None:
        """Be ready, if it is not."""
        if self.state is ChildState.STARTING:
            self._become_ready(self._clock.monotonic())

    def print(self, *lines: str) -> None:
        """Print; a line that `ready` waits for makes it ready."""
        self.output.extend(lines)
        wanted = self.spec.ready.probe.line if self.spec.ready else None
        if wanted is not None and any(re.search(wanted, line) for line in lines):
            self.become_ready()

    def exit(self, code: int) -> None:
        """End by itself; then what the restart policy decides."""
        now = self._clock.monotonic()
        decision = self._decide(self._end(RawExit.from_returncode(code), None), now)
        match decision:
            case StayDown():
                self._move(Trigger.EXITED)
            case GiveUp():
                self._move(Trigger.GAVE_UP)
            case CrashLoop(delay):
                self._move(Trigger.BUDGET_SPENT)
                self._come_back(now, delay, counts=True)
            case Restart(delay, counts):
                self._move(Trigger.EXITED_RESTART)
                self._come_back(now, delay, counts=counts)
            case _:
                assert_never(decision)
        self.settle()

    def settle(self) -> None:
        """Do what has become due, as of the moment when it was due."""
        while self._retry_at is not None and self._has_come(self._retry_at):
            due, self._retry_at = min(self._retry_at, self._clock.monotonic()), None
            try:
                self._run(due)
            except OSError as error:
                self._tell_start_failed(error, due)
                self._try_again_slowly(due)
            else:
                self.comebacks += 1

    def snapshot(self) -> ChildSnapshot:
        """As others see it."""
        now = self._clock.monotonic()
        return ChildSnapshot(
            name=self.spec.name,
            command=self.spec.command,
            worker=self.spec.worker,
            state=self.state,
            pid=self.pid,
            uptime=None if self.pid is None else now - self._began,
            restarts=self._restarts,
            rss=None,
            cpu_percent=None,
            last_exit=self.last_exit,
            persistent=self.spec.persistent,
            retry_in=None if self._retry_at is None else self._retry_at - now,
        )

    def _run(self, at: float) -> None:
        self._move(Trigger.SPAWN)
        self.pid = self._spawn(self.spec.name)
        self._has_run = True
        self.output = []
        self.listens = True
        self._began, self._ready_at = at, None
        if not self.spec.ready and not self.spec.control:
            self._become_ready(at)

    def _become_ready(self, at: float) -> None:
        self._ready_at = at
        self._move(Trigger.READY)

    def _leave(self) -> None:
        self._move(Trigger.STOP)
        self._end(RawExit(code=0), Asked.STOP)

    def _end(self, raw: RawExit, asked: Asked | None) -> ExitReason:
        reason = classify(raw, asked)
        self.pid = None
        self.last_exit = ExitStatus(
            reason=reason,
            exit_code=raw.code,
            signal=None if raw.signal is None else describe(raw),
            detail=explain(raw, reason, why="asked to stop" if asked else "", leaving=None),
            at=self._clock.utc(),
            uptime=self._clock.monotonic() - self._began,
        )
        return reason

    def _decide(self, reason: ExitReason, now: float) -> Decision:
        policy = self.spec.policy
        if self._ready_at is not None and self._has_come(self._ready_at + policy.healthy_after):
            self._streak = 0
        self._restart_times = recent_restarts(self._restart_times, now=now, period=policy.period)
        return decide(
            policy,
            reason,
            self._restart_times,
            now=now,
            streak=self._streak,
            back_in=None,
            spread=lambda delay, _fraction: delay,  # a test must be able to name the moment
        )

    def _come_back(self, now: float, delay: float, *, counts: bool) -> None:
        self._restarts += 1
        self._retry_at = now + delay
        if counts:
            self._streak += 1
            self._restart_times = (*self._restart_times, self._retry_at)

    def _try_again_slowly(self, now: float) -> None:
        self._move(Trigger.BUDGET_SPENT)
        self._come_back(now, self.spec.policy.max_delay, counts=True)

    def _tell_start_failed(self, error: OSError, at: float) -> None:
        self.last_exit = ExitStatus(
            reason=ExitReason.START_FAILED,
            exit_code=None,
            signal=None,
            detail=str(error),
            at=self._clock.utc() - timedelta(seconds=self._clock.monotonic() - at),
            uptime=0.0,
        )

    def _has_come(self, moment: float) -> bool:
        return self._clock.monotonic() >= moment - _ROUNDING

    def _move(self, trigger: Trigger) -> None:
        self.state = next_state(self.spec.name, self.state, trigger)
