"""blinker: `send` calls the receivers where it stands."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

blinker: Any = importlib.import_module("blinker")  # of the peers' own Python


def bus() -> tuple[Callable[[Callable[..., None]], object], Callable[[int], object], Callable[[], None]]:
    """How to listen, to publish, and to end it."""
    signal = blinker.Signal()
    return signal.connect, lambda number: signal.send(None, number=number), lambda: None
