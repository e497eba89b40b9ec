"""One lock for each worker: what is asked of it is done one after the other."""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class WorkerLocks:
    """The locks by the workers' names; those of workers that are gone stay."""

    def __init__(self, names: Iterable[str]) -> None:
        self._locks: dict[str, threading.Lock] = {}
        self.add(names)

    def add(self, names: Iterable[str]) -> None:
        """Have a lock for each of these."""
        for name in names:
            self._locks.setdefault(name, threading.Lock())

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        """Hold that of one worker."""
        with self._locks[name]:
            yield

    @contextmanager
    def all(self, more: Iterable[str]) -> Iterator[None]:
        """Hold those of all workers, and of those that are about to come."""
        self.add(more)
        with ExitStack() as stack:
            for lock in list(self._locks.values()):
                stack.enter_context(lock)
            yield
