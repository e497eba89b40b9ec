"""What can happen to children, as events. `name` is the child's name; values are plain, never live objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from native_runtime.events.event import Event

if TYPE_CHECKING:
    from native_runtime.processes.exit_status import ExitStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessEvent(Event):
    """Base of all events about one child."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStarting(ProcessEvent):
    """A child is about to be spawned."""

    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpawned(ProcessEvent):
    """A child has a pid."""

    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReady(ProcessEvent):
    """A child is ready: it said so, or nothing tells its readiness and it is alive."""

    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStateChanged(ProcessEvent):
    """A worker became `idle` or `busy`. Only the latest matters, so a slow subscriber may miss some."""

    droppable: ClassVar[bool] = True

    state: str
    pid: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStopping(ProcessEvent):
    """Somebody wants a child gone: it was asked to leave and has `grace` seconds."""

    pid: int | None
    grace: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStopped(ProcessEvent):
    """A child that waited for its restart was told to stay away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputReceived(ProcessEvent):
    """Base of both: lines of a child's output, batched.

    Attributes:
        lines: The latest.
        dropped: How many came before them and are not told.
    """

    droppable: ClassVar[bool] = True

    lines: tuple[str, ...]
    dropped: int = 0

    @property
    def text_size(self) -> int:
        """Characters in all lines."""
        return sum(map(len, self.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(OutputReceived):
    """Lines from a child's stdout, batched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReceived(OutputReceived):
    """Lines from a child's stderr, batched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessExited(ProcessEvent):
    """A run of a child ended.

    Attributes:
        pid: Of the run that ended.
        reason: `clean`, `recycled`, `memory_limit`, `oom_killed`, `timeout`, `unhealthy`, `crashed`, `stopped`.
        exit_code: Or None where a signal ended it.
        signal: Name, or None.
        uptime: Seconds from spawn to exit.
        detail: One sentence for a person.
    """

    pid: int
    reason: str
    exit_code: int | None
    signal: str | None
    uptime: float
    detail: str

    @classmethod
    def of(cls, name: str, pid: int, status: ExitStatus) -> ProcessExited:
        """The event that tells of `status`."""
        return cls(
            name=name,
            pid=pid,
            reason=status.reason,
            exit_code=status.exit_code,
            signal=status.signal,
            uptime=status.uptime,
            detail=status.detail,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRestarting(ProcessEvent):
    """A child comes back after a pause.

    Attributes:
        delay: Seconds until then.
        restarts: How often it has come back so far, this one included.
        crash_looping: Its budget is spent; it is tried at the slowest pace.
    """

    delay: float
    restarts: int
    crash_looping: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReplaced(ProcessEvent):
    """A fresh process that is ready has taken the place of a child's old one, which leaves after its job.

    Attributes:
        pid: Of the fresh one.
        old_pid: Of the one that leaves; None if it had just gone.
        reason: One sentence.
    """

    pid: int
    old_pid: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacementFailed(ProcessEvent):
    """A fresh process did not become ready, so the old one goes on.

    Attributes:
        reason: Why it was to be replaced.
        error: Why that failed.
        retry_in: Seconds until it is tried again; None is not before somebody asks or the file changes.
    """

    reason: str
    error: str
    retry_in: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessGaveUp(ProcessEvent):
    """A child does not come back although it should."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartupError(ProcessEvent):
    """A child could not be spawned at all."""

    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashReported(ProcessEvent):
    """A crash left a report in the data folder.

    Attributes:
        report: Id of the report.
        reason: As in `ProcessExited`.
        path: Where it lies.
    """

    report: str
    reason: str
    path: str
