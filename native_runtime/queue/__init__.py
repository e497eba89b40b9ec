"""Jobs: dispatched as data, stored until they are done, run by workers.

The decorator `@job` is `native_runtime.job`; here `job` is the module that says what a stored job is.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from native_runtime.queue.batch import BatchHandle
    from native_runtime.queue.chain import ChainHandle
    from native_runtime.queue.context import JobContext, current_job
    from native_runtime.queue.failed import FailedJob
    from native_runtime.queue.handle import JobHandle
    from native_runtime.queue.job_function import JobFunction
    from native_runtime.queue.middleware import NoOverlap, RateLimit, ThrottleExceptions
    from native_runtime.queue.queue import Queue
    from native_runtime.queue.state import JobState
    from native_runtime.queue.verdict import Fail, Retry

__all__ = [
    "BatchHandle",
    "ChainHandle",
    "Fail",
    "FailedJob",
    "JobContext",
    "JobFunction",
    "JobHandle",
    "JobState",
    "NoOverlap",
    "Queue",
    "RateLimit",
    "Retry",
    "ThrottleExceptions",
    "current_job",
]

_HOMES = {
    "BatchHandle": "batch",
    "ChainHandle": "chain",
    "Fail": "verdict",
    "FailedJob": "failed",
    "JobContext": "context",
    "JobFunction": "job_function",
    "JobHandle": "handle",
    "JobState": "state",
    "NoOverlap": "middleware",
    "Queue": "queue",
    "RateLimit": "middleware",
    "Retry": "verdict",
    "ThrottleExceptions": "middleware",
    "current_job": "context",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'native_runtime.queue' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"native_runtime.queue.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
