"""Every error a user of the library can meet. Each keeps its facts and composes its own message."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_LONGEST_SHOWN: Final = 200  # characters of a value that is not as it must be


class NativeRuntimeError(Exception):
    """Root of all errors of this library."""


class NotConfiguredError(NativeRuntimeError, RuntimeError):
    """Something needs a runtime or a store, and none is current."""

    def __init__(self, wanted: str, *, connectable: bool = False) -> None:
        self.wanted = wanted
        other_ways = (
            ", or call `connect('workers.toml')`, or set NATIVE_RUNTIME_CONFIG to the path of workers.toml"
            if connectable
            else ""
        )
        super().__init__(
            f"{wanted} needs a runtime: start one (`with Runtime.from_config('workers.toml'):`){other_ways}"
        )


class AlreadyRunningError(NativeRuntimeError, RuntimeError):
    """Another runtime owns the data folder."""

    def __init__(self, pid: int, folder: Path) -> None:
        self.pid = pid
        self.folder = folder
        super().__init__(
            f"{folder}: a runtime is already running here (pid {pid}); stop it with "
            "`native-runtime runtime:stop`, or give this one its own data_dir"
        )


class IllegalTransitionError(NativeRuntimeError, RuntimeError):
    """A state machine was asked for a step its table does not have."""

    def __init__(self, subject: str, state: str, trigger: str, allowed: Sequence[str]) -> None:
        self.subject = subject
        self.state = state
        self.trigger = trigger
        super().__init__(
            f"{subject}: no transition for {trigger!r} in state {state!r}; "
            f"expected one of: {', '.join(allowed) or 'none'}"
        )


class NameInUseError(NativeRuntimeError, ValueError):
    """A child of another description runs under the wanted name."""

    def __init__(self, name: str, pid: int | None, differing: Sequence[str]) -> None:
        self.name = name
        self.pid = pid
        self.differing = tuple(differing)
        super().__init__(
            f"child {name!r} is already running (pid {pid}) with another {', '.join(differing)}; "
            f"stop it first (ChildProcess.stop({name!r})) or choose another name"
        )


class UnknownNameError(NativeRuntimeError, KeyError):
    """Nothing is known under this name."""

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(known)
        near = nearest(name, known)
        hint = f"did you mean {near!r}? " if near else ""
        super().__init__(f"no {kind} is named {name!r}; {hint}known: {', '.join(known) or 'none'}")

    def __str__(self) -> str:
        return str(self.args[0])  # KeyError would show the repr


class MissingExtraError(NativeRuntimeError, ImportError):
    """A part of the library was asked for whose packages are not installed."""

    def __init__(self, wanted: str, extra: str, missing: str, otherwise: str) -> None:
        self.extra = extra
        super().__init__(
            f"{wanted} needs the package {missing!r}: `pip install 'native-runtime[{extra}]'`, or {otherwise}"
        )


class CommandNotFoundError(NativeRuntimeError, FileNotFoundError):
    """The first word of a command is neither a runtime command nor an executable."""

    def __init__(self, command: str, searched: str, hint: str = "") -> None:
        self.command = command
        self.searched = searched
        message = f"{command!r}: command not found; searched {searched}"
        super().__init__(f"{message}; {hint}" if hint else message)


class TooManyOpenFilesError(NativeRuntimeError, OSError):
    """A child could not be spawned because this program may open no more files."""

    def __init__(self, name: str, open_now: int | None, limit: int, per_child: int) -> None:
        self.name = name
        self.limit = limit
        have = "too many" if open_now is None else str(open_now)
        super().__init__(
            f"child {name!r} was not started: this program has {have} open files and may have {limit} "
            f"(a child needs {per_child} to {per_child + 2}); start fewer children, "
            "or raise the limit (`ulimit -n`, LimitNOFILE= in a systemd unit)"
        )


class NotRunningError(NativeRuntimeError, RuntimeError):
    """A message was sent to a child that does not run."""

    def __init__(self, name: str, state: str) -> None:
        self.name = name
        self.state = state
        super().__init__(f"child {name!r} is {state}, not running; start it before sending messages")


class NotListeningError(NativeRuntimeError, RuntimeError):
    """A message was sent to a child that has closed its stdin, or has ended a moment ago."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"child {name!r} takes no messages: it has closed its stdin, or has just ended; "
            "restart it, or let it keep its stdin open"
        )


class MessageTooLargeError(NativeRuntimeError, ValueError):
    """A message does not fit into what a child has not read yet."""

    def __init__(self, name: str, size: int, waiting: int, limit: int) -> None:
        self.name = name
        self.size = size
        self.waiting = waiting
        self.limit = limit
        super().__init__(
            f"child {name!r}: a message of {size} bytes does not fit: {waiting} bytes wait that it has not read yet, "
            f"and {limit} may; send less, or wait until it reads its stdin"
        )


class PayloadError(NativeRuntimeError, TypeError):
    """An argument or a result cannot be stored as data, or stored data cannot be read back."""

    def __init__(self, job: str, argument: str, problem: str, fix: str = "") -> None:
        self.job = job
        self.argument = argument
        self.problem = problem
        message = f"job {job}: {argument}: {problem}"
        super().__init__(f"{message}; {fix}" if fix else message)


class ConflictError(NativeRuntimeError, ValueError):
    """A job with the same id and another payload exists."""

    def __init__(self, job_id: str, differing: str) -> None:
        self.job_id = job_id
        super().__init__(
            f"job id {job_id!r} exists with another {differing}; "
            "use another id, or forget the earlier job first"
        )


class FeedbackLoopError(NativeRuntimeError, RuntimeError):
    """A chain of events and jobs feeds itself past the allowed depth."""

    def __init__(self, refused: str, depth: int, circle: Sequence[str]) -> None:
        self.refused = refused
        self.depth = depth
        self.circle = tuple(circle)
        super().__init__(
            f"{refused} was refused: it is step {depth} of a chain that feeds itself: "
            f"{' → '.join(circle)}; break the circle in one of these handlers or jobs"
        )


class ConfigProblem(Struct, frozen=True, kw_only=True):  # a worker goes without dataclasses
    """One thing that is wrong with a configuration, and where.

    Attributes:
        text: `expected …, got …; did you mean …?`
        source: The file's name, or the environment variable that says so; empty where neither does.
        key: Path of the key, `workers.mail.tries`; empty where it is about the whole file.
        line: In the file, from 1; None where there is no line to tell.
        column: In that line, from 1, in characters.
    """

    text: str
    source: str = ""
    key: str = ""
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}:{self.column}"
        return ": ".join(part for part in (place, self.key, self.text) if part)


class ConfigError(NativeRuntimeError, ValueError):
    """workers.toml cannot be used; holds every problem at once.

    Attributes:
        problems: One line each: `file:line:column: key.path: expected …, got …; did you mean …?`
        found: The same, taken apart.
    """

    def __init__(self, problems: Sequence[str | ConfigProblem]) -> None:
        self.found = tuple(ConfigProblem(text=each) if isinstance(each, str) else each for each in problems)
        self.problems = tuple(map(str, self.found))
        super().__init__("\n".join(self.problems))


class ConfigConflictError(NativeRuntimeError, RuntimeError):
    """workers.toml was changed by somebody else since it was read; theirs stays.

    Attributes:
        path: The file.
        digest: Of the text that is in the file now.
    """

    def __init__(self, path: Path, digest: str, what: str) -> None:
        self.path = path
        self.digest = digest
        super().__init__(f"{path}: {what}; nothing was written: read the file again, then repeat the change")


class ReplacementError(NativeRuntimeError, RuntimeError):
    """A child was not replaced; the old process goes on."""

    def __init__(self, name: str, why: str, *, is_gone: bool = False) -> None:
        self.name = name
        self.why = why
        self.is_gone = is_gone
        super().__init__(f"child {name!r} was not replaced, its old process goes on: {why}")


class StoreError(NativeRuntimeError, OSError):
    """The job store cannot be opened, read or written."""

    def __init__(self, where: str, problem: str, fix: str) -> None:
        self.where = where
        self.problem = problem
        super().__init__(f"{where}: {problem}; {fix}")

    @classmethod
    def unwritten(cls, where: Path, error: OSError) -> StoreError:
        """What is raised where `where` could not be written; chain it to `error`."""
        if error.errno in _FULL:
            return cls(
                str(where),
                f"the disk is full ({error.strerror})",
                "free some space, or choose another data_dir",
            )
        return cls(
            str(where),
            f"cannot be written ({error.strerror or error})",
            "make it writable for this user, or choose another data_dir",
        )


class JobFailedError(NativeRuntimeError, RuntimeError):
    """`result()` was asked of a job that ended without success."""

    def __init__(self, job_id: str, job: str, outcome: str, error: str) -> None:
        self.job_id = job_id
        self.job = job
        self.outcome = outcome
        self.error = error
        super().__init__(f"job {job} ({job_id}) ended as {outcome}: {error}")


class JobCancelledError(NativeRuntimeError):
    """Raised inside a job by `check_cancelled()` once somebody asked to cancel it."""


class JobTimeoutError(NativeRuntimeError, TimeoutError):
    """Raised inside a job that reached its timeout, shortly before its worker is killed."""


class OptionError(NativeRuntimeError, ValueError):
    """An option of a job has a value it cannot have."""

    def __init__(self, job: str, option: str, expected: str, got: object) -> None:
        self.job = job
        self.option = option
        self.expected = expected
        super().__init__(f"job {job}: {option}: expected {expected}, got {shorten(got)}")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Which of the known words was probably meant; None if none is near."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(known), n=1)), None)


def shorten(value: object) -> str:
    """A value as a message shows it: as Python writes it, but not endless."""
    try:
        shown = repr(value)
    except ValueError:  # a whole number of thousands of digits
        return f"a {type(value).__name__} too long to be shown"
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
