"""Events: frozen facts, numbered, delivered directly and never through the job queue; all of them by name."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from native_runtime.events.cause import NO_CAUSE, Cause, caused_by, current_cause

if TYPE_CHECKING:
    from native_runtime.events.bus import EventBus
    from native_runtime.events.event import Event, FrequentEvent, to_wire
    from native_runtime.events.iterator import Events
    from native_runtime.events.refused_loop import FeedbackLoopRefused
    from native_runtime.events.subscription import Subscription
    from native_runtime.processes.events import (
        CrashReported,
        ErrorReceived,
        MessageReceived,
        OutputReceived,
        ProcessEvent,
        ProcessExited,
        ProcessGaveUp,
        ProcessReady,
        ProcessReplaced,
        ProcessRestarting,
        ProcessSpawned,
        ProcessStarting,
        ProcessStateChanged,
        ProcessStopped,
        ProcessStopping,
        ReplacementFailed,
        StartupError,
    )
    from native_runtime.queue.events import (
        BatchFinished,
        JobCancelled,
        JobEvent,
        JobFailed,
        JobOver,
        JobProgress,
        JobQueued,
        JobRetrying,
        JobsRemoved,
        JobStarted,
        JobSucceeded,
        QueuePaused,
        QueueResumed,
    )
    from native_runtime.workers.events import ConfigRejected, ConfigReloaded, WorkerScaled

__all__ = [
    "NO_CAUSE",
    "BatchFinished",
    "Cause",
    "ConfigRejected",
    "ConfigReloaded",
    "CrashReported",
    "ErrorReceived",
    "Event",
    "EventBus",
    "Events",
    "FeedbackLoopRefused",
    "FrequentEvent",
    "JobCancelled",
    "JobEvent",
    "JobFailed",
    "JobOver",
    "JobProgress",
    "JobQueued",
    "JobRetrying",
    "JobStarted",
    "JobSucceeded",
    "JobsRemoved",
    "MessageReceived",
    "OutputReceived",
    "ProcessEvent",
    "ProcessExited",
    "ProcessGaveUp",
    "ProcessReady",
    "ProcessReplaced",
    "ProcessRestarting",
    "ProcessSpawned",
    "ProcessStarting",
    "ProcessStateChanged",
    "ProcessStopped",
    "ProcessStopping",
    "QueuePaused",
    "QueueResumed",
    "ReplacementFailed",
    "StartupError",
    "Subscription",
    "WorkerScaled",
    "caused_by",
    "current_cause",
    "to_wire",
]

# Where each is defined, by text: a worker needs causes, and neither events nor a bus; and what happens to children, jobs
# and workers is defined by those who make it happen, above this layer.
_HOMES = {
    "BatchFinished": "queue.events",
    "ConfigRejected": "workers.events",
    "ConfigReloaded": "workers.events",
    "CrashReported": "processes.events",
    "ErrorReceived": "processes.events",
    "Event": "events.event",
    "EventBus": "events.bus",
    "Events": "events.iterator",
    "FeedbackLoopRefused": "events.refused_loop",
    "FrequentEvent": "events.event",
    "JobCancelled": "queue.events",
    "JobEvent": "queue.events",
    "JobFailed": "queue.events",
    "JobOver": "queue.events",
    "JobProgress": "queue.events",
    "JobQueued": "queue.events",
    "JobRetrying": "queue.events",
    "JobStarted": "queue.events",
    "JobSucceeded": "queue.events",
    "JobsRemoved": "queue.events",
    "MessageReceived": "processes.events",
    "OutputReceived": "processes.events",
    "ProcessEvent": "processes.events",
    "ProcessExited": "processes.events",
    "ProcessGaveUp": "processes.events",
    "ProcessReady": "processes.events",
    "ProcessReplaced": "processes.events",
    "ProcessRestarting": "processes.events",
    "ProcessSpawned": "processes.events",
    "ProcessStarting": "processes.events",
    "ProcessStateChanged": "processes.events",
    "ProcessStopped": "processes.events",
    "ProcessStopping": "processes.events",
    "QueuePaused": "queue.events",
    "QueueResumed": "queue.events",
    "ReplacementFailed": "processes.events",
    "StartupError": "processes.events",
    "Subscription": "events.subscription",
    "WorkerScaled": "workers.events",
    "to_wire": "events.event",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'native_runtime.events' has no attribute {name!r}")
    return getattr(importlib.import_module(f"native_runtime.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
