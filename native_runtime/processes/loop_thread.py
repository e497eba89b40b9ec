"""One thread with one asyncio loop, and the ways in for other threads."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class LoopThread:
    """Runs a loop from `begin` to `end`.

    Attributes:
        loop: Belongs to the thread; others use `call` and `run`.
    """

    def __init__(self, name: str) -> None:
        self.loop = _new_loop()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = threading.Lock()
        self._running = False

    @property
    def is_running(self) -> bool:
        """True from `begin` to `end`."""
        return self._running

    def begin(self) -> None:
        """Start the thread."""
        self._running = True
        self._thread.start()

    def end(self) -> None:
        """Wait for what runs in the background, then end the thread and the loop."""
        self.run(self._settle())
        with self._ending:  # whoever got in before is served; nobody gets in after
            self._running = False
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def call(self, function: Callable[[], T]) -> T:
        """Run `function` on the loop's thread and return what it returns, or raise what it raises.

        Raises:
            RuntimeError: The loop does not run, or this is its own thread.
        """
        future: Future[T] = Future()

        def work() -> None:
            try:
                future.set_result(function())
            except BaseException as error:  # noqa: BLE001 - handed over to the caller, who raises it
                future.set_exception(error)

        with self._ending:
            self._require_another_thread()
            self.loop.call_soon_threadsafe(work)
        return future.result()

    def ask(self, question: Callable[[], T]) -> T:
        """Like `call` for what only looks; before `begin` and after `end`, when nothing changes, on this thread."""
        return self.call(question) if self._running else question()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop's thread and return what it returns; raises like `call`."""
        with self._ending:
            try:
                self._require_another_thread()
            except RuntimeError:
                work.close()
                raise
            future = asyncio.run_coroutine_threadsafe(work, self.loop)
        return future.result()

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """On the loop's thread: begin a coroutine that `end` will wait for."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle(self) -> None:
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _work(self) -> None:
        asyncio.set_event_loop(self.loop)
        if _HEARTBEAT:
            self._beat(_HEARTBEAT)
        self.loop.run_forever()

    def _beat(self, seconds: float) -> None:
        self.loop.call_later(seconds, self._beat, seconds)

    def _require_another_thread(self) -> None:
        if not self._running:
            raise RuntimeError("the runtime is not running; start it before starting children")
        if threading.current_thread() is self._thread:
            raise RuntimeError("the supervisor's own loop cannot wait for itself; call from another thread")


if sys.platform == "win32":
    # Seconds between two looks at what other threads want, should the loop not be woken for it: under Wine a completion
    # was lost once, and whoever waited for this thread did so for ever.
    _HEARTBEAT: Final[float | None] = 1.0

    def _new_loop() -> asyncio.AbstractEventLoop:
        # Only this kind reads pipes, and an app may have made another one its default.
        return asyncio.ProactorEventLoop()

else:
    _HEARTBEAT: Final[float | None] = None

    def _new_loop() -> asyncio.AbstractEventLoop:
        return asyncio.new_event_loop()
