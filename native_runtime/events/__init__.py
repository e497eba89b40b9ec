"""Events: frozen facts, numbered, delivered directly and never through the job queue."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from native_runtime.events.cause import NO_CAUSE, Cause, caused_by, current_cause

if TYPE_CHECKING:
    from native_runtime.events.bus import EventBus
    from native_runtime.events.event import Event, FrequentEvent, to_wire
    from native_runtime.events.iterator import Events
    from native_runtime.events.subscription import Subscription

__all__ = [
    "NO_CAUSE",
    "Cause",
    "Event",
    "EventBus",
    "Events",
    "FrequentEvent",
    "Subscription",
    "caused_by",
    "current_cause",
    "to_wire",
]

# A worker needs causes, and neither events nor a bus.
_LAZY = {
    "Event": "event",
    "EventBus": "bus",
    "Events": "iterator",
    "FrequentEvent": "event",
    "Subscription": "subscription",
    "to_wire": "event",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module 'native_runtime.events' has no attribute {name!r}")
    return getattr(importlib.import_module(f"native_runtime.events.{_LAZY[name]}"), name)
