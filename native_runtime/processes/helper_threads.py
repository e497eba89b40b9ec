"""Threads for calls that block, which work until we end them: also while the interpreter is on its way out."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


class HelperThreads(Executor):
    """As `ThreadPoolExecutor`, but its threads exist from the start and take work in atexit handlers too.

    The standard one refuses work once the interpreter has begun to leave. An app that ends without
    `stop()` is stopped exactly then, and must still release jobs and look for descendants.

    Args:
        count: How many threads.
        name: Of each, before its number.
        patience: Seconds that `shutdown` waits for each of them; None as long as its work takes.
    """

    def __init__(self, count: int, name: str, *, patience: float | None = None) -> None:
        self._patience = patience
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"{name} {number + 1}", daemon=True)
            for number in range(count)
        ]
        self._is_down = False
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a call on one of the threads."""
        if self._is_down:
            raise RuntimeError("these helper threads have ended")
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - handed over to whoever waits
                future.set_exception(error)

        self._work.put(work)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 - the base's signature
        """End the threads after the work that waits. Harmless twice."""
        if not self._is_down:
            self._is_down = True
            for _ in self._threads:
                self._work.put(None)
        if wait:
            for thread in self._threads:
                thread.join(self._patience)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
