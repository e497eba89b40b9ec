"""One child that exists only in a test: it moves through the real state table and ends with real exit reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.processes.exit_status import Asked, ExitStatus, RawExit, classify, describe
from native_runtime.processes.restart import Restart, decide
from native_runtime.processes.snapshot import ChildSnapshot
from native_runtime.processes.state import ChildState, Trigger, is_alive, next_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.processes.spec import ChildSpec


class FakeChild:
    """Runs as soon as it is made.

    Args:
        spec: What it is.
        clock: Time, for uptimes.
        new_pid: A pid for each run.
        earlier: The child that had this name before, whose state and history it takes over.
    """

    def __init__(
        self, spec: ChildSpec, *, clock: Clock, new_pid: Callable[[], int], earlier: FakeChild | None = None
    ) -> None:
        self.spec = spec
        self.messages: list[str] = earlier.messages if earlier else []
        self.output: list[str] = earlier.output if earlier else []
        self.last_exit: ExitStatus | None = earlier.last_exit if earlier else None
        self.pid: int | None = None
        self._clock = clock
        self._new_pid = new_pid
        self._restarts = 0
        self._began = 0.0
        self.state = ChildState.STARTING
        if earlier:
            self.state = next_state(spec.name, earlier.state, Trigger.SPAWN)
        self._run()

    def exit(self, code: int) -> None:
        """End by itself; come back at once if the restart policy wants that after such an exit."""
        status = self._end(RawExit.from_returncode(code), None)
        decision = decide(
            self.spec.policy,
            status.reason,
            (),
            now=self._clock.monotonic(),
            streak=0,
            planned=False,
            jitter=lambda delay: delay,
        )
        if isinstance(decision, Restart):
            self._come_back()
        else:
            self._move(Trigger.EXITED)

    def stop(self) -> None:
        """End because somebody asked for it."""
        if is_alive(self.state):
            self._move(Trigger.STOP)
            self._end(RawExit(code=0), Asked.STOP)
            self._move(Trigger.EXITED)

    def restart(self) -> None:
        """End if it runs, and run again."""
        if is_alive(self.state):
            self._move(Trigger.STOP)
            self._end(RawExit(code=0), Asked.STOP)
            self._come_back()
        else:
            self._move(Trigger.SPAWN)
            self._run()

    def snapshot(self) -> ChildSnapshot:
        """As others see it."""
        return ChildSnapshot(
            name=self.spec.name,
            command=self.spec.command,
            worker=self.spec.worker,
            state=self.state,
            pid=self.pid,
            uptime=None if self.pid is None else self._clock.monotonic() - self._began,
            restarts=self._restarts,
            rss=None,
            cpu_percent=None,
            last_exit=self.last_exit,
            persistent=self.spec.persistent,
        )

    def _come_back(self) -> None:
        self._move(Trigger.EXITED_RESTART)
        self._restarts += 1
        self._move(Trigger.SPAWN)
        self._run()

    def _run(self) -> None:
        self.pid = self._new_pid()
        self._began = self._clock.monotonic()
        self._move(Trigger.READY)

    def _end(self, raw: RawExit, asked: Asked | None) -> ExitStatus:
        self.last_exit = ExitStatus(
            reason=classify(raw, asked),
            exit_code=raw.code,
            signal=None if raw.signal is None else describe(raw),
            detail=describe(raw),
            at=self._clock.utc(),
            uptime=self._clock.monotonic() - self._began,
        )
        self.pid = None
        return self.last_exit

    def _move(self, trigger: Trigger) -> None:
        self.state = next_state(self.spec.name, self.state, trigger)
