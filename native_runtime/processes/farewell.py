"""How a run is asked to leave, and ended when its grace is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.processes.exit_status import Asked

if TYPE_CHECKING:
    import asyncio

    from native_runtime.processes.run import Run


class Farewell:
    """Of one child, from run to run. Owned by the loop's thread.

    Attributes:
        waits_for_job: It was asked to leave after its job; how that ends is still the job's own affair.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._grace = 0.0
        self.waits_for_job = False

    def ask(self, run: Run, grace: float, *, waits_for_job: bool, is_busy: bool) -> None:
        """Ask a run to leave: a worker finishes its job first, anything else is asked as its system does.

        Args:
            run: Whom.
            grace: Seconds until its tree is ended.
            waits_for_job: They begin only when the job in hand is over; its own timeout bounds that.
            is_busy: It has a job in hand.
        """
        self._grace, self.waits_for_job = grace, waits_for_job
        if not run.send({"op": "drain"}):
            run.process.ask_to_stop()
        if not (waits_for_job and is_busy):
            self._begin_grace(run)

    def heard(self, kind: str, run: Run) -> None:
        """The run said something while it leaves: `busy` may have crossed what it was asked."""
        if self.waits_for_job and kind == "busy":
            self._end_timer()
        elif kind == "leaving":
            self._begin_grace(run)

    def insist(self, run: Run) -> None:
        """Whatever it was promised: the grace begins now."""
        self.waits_for_job = False
        self._begin_grace(run)

    def is_over(self) -> None:
        """It has left."""
        self.waits_for_job = False
        self._end_timer()

    def _begin_grace(self, run: Run) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(self._grace, self._kill, run)

    def _end_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _kill(self, run: Run) -> None:
        run.asked = run.asked or Asked.STOP
        run.detail = f"did not leave within {self._grace:g} s and was killed"
        run.process.kill_tree()
