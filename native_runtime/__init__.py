"""Background work for Python desktop apps: supervised children and queue workers beside the window.

The house, top to bottom; imports only ever point down:

    app          the photo desk, built on the library as its users would (outside this package)
    cli          native-runtime …          desktop   the window, frozen re-entry
                                           testing   fakes and the pytest plugin
    packaging    native-runtime build: PyInstaller, dpkg and Briefcase; nothing here imports the runtime
    runtime      the only place that builds things and hands each its collaborators;
                 connection, the same for a program that only dispatches
    gateway      the local server: panel, JSON API, event stream, health, metrics
    workers      workers.toml: load it, plan the difference, keep the workers it names
    processes    children: spawn, watch, classify, restart, stop      queue   jobs: dispatch, reserve, run, settle
    events       frozen facts, the bus, the loop guard
    clock, backoff, current, errors       leaves

This module only gathers the public names, and imports each where it is first used: a queue worker
that needs `job` does not pay for the supervisor, the panel or the command line.
"""

from __future__ import annotations

__version__ = "0.1.0"

# As type checkers know it: the guardian comes by here, and goes without typing's megabyte.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from native_runtime.backoff import Backoff
    from native_runtime.connection import connect
    from native_runtime.desktop.bootstrap import bootstrap
    from native_runtime.errors import (
        AlreadyRunningError,
        CommandNotFoundError,
        ConfigConflictError,
        ConfigError,
        ConfigProblem,
        ConflictError,
        FeedbackLoopError,
        IllegalTransitionError,
        JobCancelledError,
        JobFailedError,
        JobTimeoutError,
        MessageTooLargeError,
        MissingExtraError,
        NameInUseError,
        NativeRuntimeError,
        NotConfiguredError,
        NotListeningError,
        NotRunningError,
        OptionError,
        PayloadError,
        StoreError,
        TooManyOpenFilesError,
        UnknownNameError,
    )
    from native_runtime.processes.app_commands import command
    from native_runtime.processes.exit_status import ExitReason, ExitStatus
    from native_runtime.processes.facade import ChildProcess
    from native_runtime.processes.restart import RestartPolicy
    from native_runtime.queue import (
        BatchHandle,
        ChainHandle,
        Fail,
        JobHandle,
        NoOverlap,
        RateLimit,
        Retry,
        ThrottleExceptions,
        current_job,
    )
    from native_runtime.queue.batch import batch
    from native_runtime.queue.chain import chain
    from native_runtime.queue.job_function import job
    from native_runtime.runtime import Runtime
    from native_runtime.workers.config import Config, ProcessConfig, RuntimeConfig, WorkerConfig
    from native_runtime.workers.config_file import ConfigFile
    from native_runtime.workers.facade import QueueWorker
    from native_runtime.workers.job_queue import JobQueue

_HOMES = {
    "AlreadyRunningError": "errors",
    "Backoff": "backoff",
    "BatchHandle": "queue",
    "ChainHandle": "queue",
    "ChildProcess": "processes.facade",
    "CommandNotFoundError": "errors",
    "Config": "workers.config",
    "ConfigConflictError": "errors",
    "ConfigError": "errors",
    "ConfigFile": "workers.config_file",
    "ConfigProblem": "errors",
    "ConflictError": "errors",
    "ExitReason": "processes.exit_status",
    "ExitStatus": "processes.exit_status",
    "Fail": "queue",
    "FeedbackLoopError": "errors",
    "IllegalTransitionError": "errors",
    "JobCancelledError": "errors",
    "JobFailedError": "errors",
    "JobHandle": "queue",
    "JobQueue": "workers.job_queue",
    "JobTimeoutError": "errors",
    "MessageTooLargeError": "errors",
    "MissingExtraError": "errors",
    "NameInUseError": "errors",
    "NativeRuntimeError": "errors",
    "NotConfiguredError": "errors",
    "NotListeningError": "errors",
    "NoOverlap": "queue",
    "NotRunningError": "errors",
    "OptionError": "errors",
    "PayloadError": "errors",
    "ProcessConfig": "workers.config",
    "QueueWorker": "workers.facade",
    "RateLimit": "queue",
    "RestartPolicy": "processes.restart",
    "Retry": "queue",
    "Runtime": "runtime",
    "RuntimeConfig": "workers.config",
    "StoreError": "errors",
    "ThrottleExceptions": "queue",
    "TooManyOpenFilesError": "errors",
    "UnknownNameError": "errors",
    "WorkerConfig": "workers.config",
    "batch": "queue.batch",
    "bootstrap": "desktop.bootstrap",
    "chain": "queue.chain",
    "command": "processes.app_commands",
    "connect": "connection",
    "current_job": "queue",
    "job": "queue.job_function",  # in the package itself, `job` is a module
}

__all__ = [
    "AlreadyRunningError",
    "Backoff",
    "BatchHandle",
    "ChainHandle",
    "ChildProcess",
    "CommandNotFoundError",
    "Config",
    "ConfigConflictError",
    "ConfigError",
    "ConfigFile",
    "ConfigProblem",
    "ConflictError",
    "ExitReason",
    "ExitStatus",
    "Fail",
    "FeedbackLoopError",
    "IllegalTransitionError",
    "JobCancelledError",
    "JobFailedError",
    "JobHandle",
    "JobQueue",
    "JobTimeoutError",
    "MessageTooLargeError",
    "MissingExtraError",
    "NameInUseError",
    "NativeRuntimeError",
    "NoOverlap",
    "NotConfiguredError",
    "NotListeningError",
    "NotRunningError",
    "OptionError",
    "PayloadError",
    "ProcessConfig",
    "QueueWorker",
    "RateLimit",
    "RestartPolicy",
    "Retry",
    "Runtime",
    "RuntimeConfig",
    "StoreError",
    "ThrottleExceptions",
    "TooManyOpenFilesError",
    "UnknownNameError",
    "WorkerConfig",
    "__version__",
    "batch",
    "bootstrap",
    "chain",
    "command",
    "connect",
    "current_job",
    "job",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'native_runtime' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"native_runtime.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
