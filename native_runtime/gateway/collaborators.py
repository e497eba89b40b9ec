"""What the gateway needs of the rest of the house, as small protocols: any object with these methods will do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from native_runtime.clock import Clock
    from native_runtime.events import EventBus
    from native_runtime.processes.ring import Output
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.queue.job import Job
    from native_runtime.queue.tally import Tally
    from native_runtime.workers.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeInfo:
    """The app whose runtime this is.

    Attributes:
        app: Its name, `[runtime] app`.
        pid: Of the app's process.
        version: Of this library.
        started: Monotonic seconds of the app's clock when the runtime started.
    """

    app: str
    pid: int
    version: str
    started: float


class RunningJob(Protocol):
    """A job in a worker's hands. `seconds`: how long this attempt has run."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def attempt(self) -> int: ...  # noqa: D102
    @property
    def seconds(self) -> float: ...  # noqa: D102


class Activity(Protocol):
    """What one worker process does, and the jobs it has done and attempts that have failed in it."""

    @property
    def job(self) -> RunningJob | None: ...  # noqa: D102
    @property
    def done(self) -> int: ...  # noqa: D102
    @property
    def failed(self) -> int: ...  # noqa: D102


class Work(Protocol):
    """What the workers do and have done."""

    def activities(self) -> Mapping[str, Activity]:
        """What each worker process does, by the child's name."""
        ...

    def totals(self) -> Mapping[str, Tally]:
        """What the processes of each worker have done since the app began, those that are gone too."""
        ...


class WorkerStatus(Protocol):
    """A worker as its fleet wants it. `processes`: how many there should be; `is_fixed`: somebody said so."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def processes(self) -> int: ...  # noqa: D102
    @property
    def queues(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def is_up(self) -> bool: ...  # noqa: D102
    @property
    def is_fixed(self) -> bool: ...  # noqa: D102


class Supervisor(Protocol):
    """Keeps children. Methods return when the thing is done and may be called from any thread."""

    def all(self) -> Mapping[str, ChildSnapshot]:
        """Every known child by name."""
        ...

    def output(self, name: str, count: int) -> Output:
        """Its latest lines."""
        ...

    def stop(self, name: str, *, origin: str | None = None) -> None:
        """End a child and keep it down."""
        ...

    def restart(self, name: str, *, origin: str | None = None) -> None:
        """End a child if it is there, and start it (again) now."""
        ...

    def control(self, name: str, message: Mapping[str, object]) -> bool:
        """Send a message on a worker's control channel; False if nobody is there to read it."""
        ...


class Fleet(Protocol):
    """Keeps the workers that workers.toml names.

    Raises:
        UnknownNameError: From every method that takes a name it does not know.
    """

    def names(self) -> Sequence[str]:
        """All workers, in the file's order."""
        ...

    def status(self, name: str) -> WorkerStatus:
        """What is wanted of one worker."""
        ...

    def preview(self, config: Config) -> Sequence[tuple[str, str]]:
        """What another configuration would do: `(keep | start | replace | drain, the child's name)`."""
        ...

    @property
    def work(self) -> Work:
        """What they do and have done."""
        ...

    def cancel(self, job: Job) -> None:
        """Tell the worker that has `job` to cancel it, and end it if it does not; returns at once."""
        ...

    def up(self, name: str, *, origin: str | None = None) -> None:
        """Start a worker that is down."""
        ...

    def down(self, name: str, *, origin: str | None = None) -> None:
        """Stop a worker and keep it down."""
        ...

    def restart(self, name: str, *, origin: str | None = None) -> None:
        """Replace a worker's processes."""
        ...

    def scale(self, name: str, processes: int | Literal["auto"], *, origin: str | None = None) -> None:
        """Keep another number of processes, or as many as the jobs want."""
        ...

    def ring(self, queues: Sequence[str]) -> None:
        """Wake idle workers: one for each entry of `queues`, which names a queue for each job that waits."""
        ...

    def tell_of_steps(self, *, origin: str | None = None) -> None:
        """Tell of what steps of the store, taken in this process, have done by themselves: ring, stop, publish."""
        ...


class Folders(Protocol):
    """Where things lie."""

    @property
    def data(self) -> Path: ...  # noqa: D102
    @property
    def crashes(self) -> Path: ...  # noqa: D102
    @property
    def endpoint(self) -> Path: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything the gateway shows and acts upon.

    Attributes:
        supervisor: The children.
        fleet: The workers.
        driver: The job store; its calls block and are made on threads of the pool.
        bus: The events.
        clock: Time.
        folders: Where crash reports and the endpoint file lie.
        info: The app.
        config: The workers.toml that holds now.
        problems: What else is wrong, one sentence each (a rejected edit, a store that was set aside).
    """

    supervisor: Supervisor
    fleet: Fleet
    driver: QueueDriver
    bus: EventBus
    clock: Clock
    folders: Folders
    info: RuntimeInfo
    config: Callable[[], Config]
    problems: Callable[[], Sequence[str]]
