"""The face of the package: what `native_runtime` offers, and what it costs to import it."""

import importlib
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import native_runtime
from native_runtime import events

# Standing here once more, so that a name cannot leave the public face by an edit in one place.
PROMISED = {
    "AlreadyRunningError",
    "Backoff",
    "BatchHandle",
    "ChainHandle",
    "ChildProcess",
    "CommandNotFoundError",
    "ConfigConflictError",
    "ConfigError",
    "ConfigFile",
    "ConfigProblem",
    "ConflictError",
    "Fail",
    "FeedbackLoopError",
    "IllegalTransitionError",
    "NameInUseError",
    "NativeRuntimeError",
    "NotConfiguredError",
    "NotListeningError",
    "NoOverlap",
    "NotRunningError",
    "PayloadError",
    "QueueWorker",
    "RateLimit",
    "RestartPolicy",
    "Retry",
    "Runtime",
    "ThrottleExceptions",
    "UnknownNameError",
    "batch",
    "bootstrap",
    "chain",
    "command",
    "connect",
    "current_job",
    "job",
}


PROMISED_EVENTS = {
    "BatchFinished",
    "ConfigRejected",
    "ConfigReloaded",
    "CrashReported",
    "ErrorReceived",
    "Event",
    "FeedbackLoopRefused",
    "JobCancelled",
    "JobFailed",
    "JobProgress",
    "JobQueued",
    "JobRetrying",
    "JobStarted",
    "JobSucceeded",
    "JobsRemoved",
    "MessageReceived",
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
    "WorkerScaled",
}


@pytest.mark.parametrize("name", sorted(PROMISED_EVENTS))
def test_every_event_can_be_imported_from_one_place(name: str) -> None:
    event = getattr(events, name)
    assert event.__name__ == name
    assert issubclass(event, events.Event)


def test_every_event_of_the_house_has_its_name_in_that_place() -> None:
    importlib.import_module("native_runtime.runtime")  # whoever is above has defined its events
    house = {
        each.__name__ for each in _all_below(events.Event) if each.__module__.startswith("native_runtime.")
    }
    assert house <= set(events.__all__)
    assert dir(events) == sorted(events.__all__)
    assert all(hasattr(events, name) for name in events.__all__)


def _all_below(kind: type[events.Event]) -> Iterator[type[events.Event]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all_below(each)


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_promised_name_can_be_imported(name: str) -> None:
    assert getattr(native_runtime, name).__name__ == name


def test_all_lists_what_is_promised_and_nothing_twice() -> None:
    assert set(native_runtime.__all__) >= PROMISED
    assert len(native_runtime.__all__) == len(set(native_runtime.__all__))
    assert dir(native_runtime) == sorted(native_runtime.__all__)
    assert all(hasattr(native_runtime, name) for name in native_runtime.__all__)


def test_importing_the_package_imports_nothing_else() -> None:
    program = (
        "import sys, native_runtime; print(*[m for m in sys.modules if m.startswith('native_runtime.')])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == []


def test_the_packaged_app_bears_the_version_of_the_library() -> None:
    settings = tomllib.loads((Path(__file__).resolve().parents[2] / "briefcase.toml").read_text("utf-8"))
    assert settings["tool"]["briefcase"]["version"] == native_runtime.__version__
