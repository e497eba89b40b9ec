"""Which function a job's name stands for."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from native_runtime.errors import NativeRuntimeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.queue.job_function import JobFunction

_JOBS: Final[dict[str, JobFunction[..., Any, Any]]] = {}


class UnknownJobError(NativeRuntimeError, LookupError):
    """A worker has no function for a job's name."""

    def __init__(self, job: str, problem: str) -> None:
        self.job = job
        self.problem = problem
        super().__init__(
            f"job {job}: {problem}; define it with @job at the top of a module, and list that module in "
            "`[runtime] jobs` of workers.toml"
        )


def name_of(function: Callable[..., object]) -> str:
    """`module.qualname`, by which another process can import the function.

    The module that a program was started from is `__main__` there and nowhere else; a worker knows it by
    its file's name, or by the name it was started under with `python -m`.
    """
    module = function.__module__
    if module == "__main__":
        module = _name_of_main()
    return f"{module}.{function.__qualname__}"


def register(job: JobFunction[..., Any, Any]) -> None:
    """Make the job known by its name; a later one of the same name (a reloaded module) takes its place."""
    _JOBS[job.name] = job


def registered(name: str) -> JobFunction[..., Any, Any] | None:
    """The job, if its module has been imported here."""
    return _JOBS.get(name)


def find(name: str) -> JobFunction[..., Any, Any]:
    """The job of this name; imports its module if need be.

    Raises:
        UnknownJobError: There is no such module, or no such job in it.
        Exception: Whatever the module raises when it is imported.
    """
    if name not in _JOBS:
        _import_module_of(name)
    try:
        return _JOBS[name]
    except KeyError:
        raise UnknownJobError(name, "its module has no such job (any more)") from None


def _import_module_of(name: str) -> None:
    # The qualified name may have dots of its own (a static method), so the longest importable prefix counts.
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:end])
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise  # the module is there, but something it imports is not
        else:
            return
    raise UnknownJobError(
        name, f"no module of it can be imported from {', '.join(sys.path) or 'an empty path'}"
    )


def _name_of_main() -> str:
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return str(spec.name)
    file = getattr(main, "__file__", None)
    return Path(file).stem if file else "__main__"
