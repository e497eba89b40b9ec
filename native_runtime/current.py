"""Which runtime the public facades speak to: one slot per kind of service, filled by the runtime."""

from __future__ import annotations

import importlib
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from native_runtime.errors import NotConfiguredError

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

# Named by text, because this leaf must not import what stands above it: the runtime is loaded only
# when a facade is used while nothing is current. It fills the slots it can (the store), or does nothing.
_FILL_FROM_ENVIRONMENT = ("native_runtime.connection", "connect_from_environment")


class Slot(Generic[T]):
    """Holds the current service of one kind, or knows that there is none.

    Args:
        wanted: What a user called that needs this service; opens the error message.
        connectable: True if `connect()` or NATIVE_RUNTIME_CONFIG can fill it without a running runtime.
    """

    def __init__(self, wanted: str, *, connectable: bool = False) -> None:
        self._wanted = wanted
        self._connectable = connectable
        self._holders: list[tuple[bool, T]] = []  # of the first rank or not, and the service; oldest first
        self._value: T | None = None
        self._lock = threading.Lock()

    def put(self, value: T, *, second_rank: bool = False) -> None:
        """Make `value` current, until it is cleared or another is put on top of it.

        Args:
            value: The service.
            second_rank: It counts only while there is none of the first rank: a store that was connected, beside a runtime.
        """
        with self._lock:
            self._holders.append((not second_rank, value))
            self._choose()

    def clear(self, value: T) -> None:
        """Take `value` away again, if it is there; what it lay on, if anything, is current then."""
        with self._lock:
            for at in reversed(range(len(self._holders))):
                if self._holders[at][1] is value:
                    del self._holders[at]  # once, for it may have been put twice
                    break
            self._choose()

    @contextmanager
    def holding(self, value: T) -> Iterator[None]:
        """Make `value` current for the block."""
        self.put(value)
        try:
            yield
        finally:
            self.clear(value)

    def peek(self) -> T | None:
        """The current service or None; never connects."""
        return self._value

    def get(self) -> T:
        """The current service.

        Raises:
            NotConfiguredError: None is current and the environment names none.
        """
        if self._value is None and self._connectable:
            module, function = _FILL_FROM_ENVIRONMENT
            getattr(importlib.import_module(module), function)()
        if self._value is None:
            raise NotConfiguredError(self._wanted, connectable=self._connectable)
        return self._value

    def _choose(self) -> None:
        # Sorting is stable: the last of the first rank, else the last of all.
        ranked = sorted(self._holders, key=lambda holder: holder[0])
        self._value = ranked[-1][1] if ranked else None
