"""The face of the package: what `native_runtime` offers, and what it costs to import it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import native_runtime

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
