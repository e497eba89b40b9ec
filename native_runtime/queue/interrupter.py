"""Raises an exception in the job that runs in the main thread, and in nothing else."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Final, TypeVar

from native_runtime.errors import JobCancelledError, JobTimeoutError
from native_runtime.queue.background import in_background

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

Interrupt = type[JobCancelledError] | type[JobTimeoutError]
INTERRUPTS: Final = (JobCancelledError, JobTimeoutError)

# Ends a wait in C (sleep, read, lock) so that the exception comes now. Nothing else uses it on its default
# action, which is to do nothing. Windows has no such means: there the wait ends first, or the worker is killed.
_POKE: Final = getattr(signal, "SIGURG", None)
# A signal that comes just before the wait begins ends nothing, so it is repeated.
_POKE_EVERY: Final = 0.05  # seconds
_POKES: Final = 40


class Interrupter:
    """Guards the calls of jobs. `run` belongs to the main thread, `interrupt` to all others.

    The race to win: the job ends by itself in the moment in which another thread aims at it. An exception that
    came a moment too late would hit the worker's own code. The main thread cannot take a lock against that,
    because the exception may strike between taking it and knowing so. Therefore plain attributes: an aiming
    thread says so first and looks second; the main thread ends the job first, and then waits until nobody aims.
    """

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._thread = threading.get_ident()
        self._job: str | None = None
        self._is_aiming = False
        self._sent: Interrupt | None = None
        self._cancelled_early: set[str] = set()
        if _POKE is not None and threading.current_thread() is threading.main_thread():
            signal.signal(_POKE, lambda _signal, _frame: None)

    def begin(self) -> None:
        """Forget what the job before was interrupted with."""
        self._sent = None

    def forget_cancellations(self) -> None:
        """Nothing is claimed now: what was cancelled so far is over."""
        self._cancelled_early.clear()

    def run(self, job_id: str, call: Callable[[], T]) -> T:
        """Call, with interrupts for `job_id` let in; none is left when this returns or raises.

        Raises:
            BaseException: What `call` raises, or the interrupt.
        """
        self.begin()
        error: BaseException | None = None
        try:
            self._job = job_id
            self._heed_early_cancellation(job_id)
            result = call()
        except BaseException as caught:  # noqa: BLE001 - raised again below
            error = caught
        while self._job is not None:
            try:
                self._job = None
                while self._is_aiming:  # over within one switch of threads: no call, no wait in between
                    pass
                if self.sent is not None:
                    _raise_in(self._thread, None)
            except INTERRUPTS as late:
                error = error or late
        self._cancelled_early.discard(job_id)
        if error is not None:
            try:
                raise error
            finally:
                del error  # else the frame and the exception hold each other, and all that the job held
        return result

    def _heed_early_cancellation(self, job_id: str) -> None:
        if job_id in self._cancelled_early:
            self._sent = JobCancelledError
            raise JobCancelledError(f"job {job_id} was cancelled before it began")

    def interrupt(self, job_id: str, kind: Interrupt) -> bool:
        """Raise `kind` in the job if it is the one that runs, and was not interrupted before. False if not.

        A cancellation may come when the job is claimed, but not begun yet. It is kept until the job begins, or
        `forget_cancellations` is called; a timeout is not, for it can only mean one that is over.
        """
        with self._one_at_a_time:
            import ctypes  # noqa: F401 - 15 ms, not to be spent while aiming

            if kind is JobCancelledError:
                self._cancelled_early.add(job_id)  # said first, looked at second, like the aim

            self._is_aiming = True
            try:
                if self._job != job_id or self._sent is not None:
                    return False
                self._sent = kind
                _raise_in(self._thread, kind)
            finally:
                self._is_aiming = False
        if _POKE is not None and self._thread == threading.main_thread().ident:
            in_background(lambda: self._poke(job_id), "poke")
        return True

    @property
    def sent(self) -> Interrupt | None:
        """What the latest job was interrupted with, also if it turned that into an error of its own."""
        return self._sent

    def _poke(self, job_id: str) -> None:
        pause = threading.Event()
        for _ in range(_POKES):
            if self._job != job_id or _POKE is None:
                return
            signal.pthread_kill(self._thread, _POKE)
            pause.wait(_POKE_EVERY)


def _raise_in(thread: int, kind: Interrupt | None) -> None:
    import ctypes

    # Holds the interpreter lock throughout. None takes back what has not struck yet.
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), ctypes.py_object(kind) if kind is not None else None
    )
