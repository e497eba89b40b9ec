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
        self._value: T | None = None
        self._lock = threading.Lock()

    def put(self, value: T) -> None:
        """Make `value` current."""
        self._value = value

    def clear(self, value: T) -> None:
        """Forget `value` if it is still the current one."""
        with self._lock:
            if self._value is value:
                self._value = None

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
