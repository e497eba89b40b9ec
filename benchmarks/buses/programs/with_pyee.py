"""pyee: `emit` calls the listeners where it stands."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

pyee: Any = importlib.import_module("pyee")  # of the peers' own Python


def bus() -> tuple[Callable[[Callable[..., None]], object], Callable[[int], object], Callable[[], None]]:
    """How to listen, to publish, and to end it."""
    emitter = pyee.EventEmitter()
    return (
        lambda handler: emitter.on("counted", handler),
        lambda number: emitter.emit("counted", number),
        lambda: None,
    )
