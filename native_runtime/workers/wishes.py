"""What is wanted of each worker: by the file, and by whoever changed it by hand since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from native_runtime.errors import UnknownNameError
from native_runtime.workers.change import settle
from native_runtime.workers.config import MOST_PROCESSES
from native_runtime.workers.launch import Launch
from native_runtime.workers.team import first, resized

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from native_runtime.processes.spec import ChildSpec
    from native_runtime.workers.config import Config, WorkerConfig
    from native_runtime.workers.folders import Folders

AUTO: Final = "auto"
"""In place of a number of processes: as many as the jobs want, as workers.toml has it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a worker.

    Attributes:
        is_up: It should run.
        numbers: Of the processes it has while it is up, in order.
        is_fixed: Somebody said how many.
    """

    is_up: bool
    numbers: tuple[int, ...]
    is_fixed: bool = False

    @classmethod
    def of(cls, worker: WorkerConfig) -> Wish:
        """What the file wants."""
        return cls(is_up=True, numbers=first(worker.processes.min))

    @property
    def standing(self) -> tuple[int, ...]:
        """Which processes should run now."""
        return self.numbers if self.is_up else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """All that is wanted at one moment: a reader who has it sees no half of a change."""

    config: Config
    launch: Launch
    wishes: Mapping[str, Wish]

    def specs(self, worker: str) -> dict[str, ChildSpec]:
        section = self.config.workers[worker]
        specs = [self.launch.worker(section, number) for number in self.wishes[worker].standing]
        return {spec.name: spec for spec in specs}


class Wishes:
    """Kept by the fleet, which lets one thread at a time change them; any thread may read them meanwhile.

    Args:
        config: The first one.
        folders: Where things lie.
        import_path: The app's `sys.path`.
    """

    def __init__(self, config: Config, *, folders: Folders, import_path: Sequence[str]) -> None:
        self._folders = folders
        self._import_path = import_path
        self._held = self._hold(config, {worker.name: Wish.of(worker) for worker in config.workers.values()})

    @property
    def config(self) -> Config:
        """The configuration that holds."""
        return self._held.config

    def go_over_to(self, edited: Config) -> tuple[str, ...]:
        """Another configuration holds, but for the keys that are returned: those wait for the app's next start.

        What is down stays down, and what was scaled keeps its number until that is not between the file's limits, or
        was set by hand and the file names others.
        """
        config, waiting = settle(self.config, edited)
        self._held = self._hold(
            config, {name: self._carried_over(worker) for name, worker in config.workers.items()}
        )
        return waiting

    def names(self) -> tuple[str, ...]:
        """All workers, in the file's order."""
        return tuple(self._held.wishes)

    def of(self, worker: str) -> Wish:
        """What is wanted of one.

        Raises:
            UnknownNameError: No section has this name.
        """
        return self.read(worker)[1]

    def read(self, worker: str) -> tuple[WorkerConfig, Wish]:
        """What the file says of one, and what is wanted of it.

        Raises:
            UnknownNameError: No section has this name.
        """
        held = self._held
        if worker not in held.wishes:
            raise UnknownNameError("worker", worker, tuple(held.wishes))
        return held.config.workers[worker], held.wishes[worker]

    def scaled(self, worker: str, processes: int | Literal["auto"]) -> Wish:
        """What is wanted of one once somebody has said how many processes, or "auto".

        Raises:
            ValueError: `processes` is no such number.
        """
        section, wish = self.read(worker)
        limits = section.processes
        if processes == AUTO:
            wanted = min(max(len(wish.numbers), limits.min), limits.max)
        else:
            wanted = _count(worker, processes)
        return Wish(wish.is_up, resized(wish.numbers, wanted), is_fixed=processes != AUTO)

    def put(self, worker: str, wish: Wish) -> None:
        """From now on want this of a worker."""
        self._held = replace(self._held, wishes={**self._held.wishes, worker: wish})

    def specs(self, worker: str) -> dict[str, ChildSpec]:
        """What should run of a worker, by the children's names."""
        return self._held.specs(worker)

    def all_specs(self) -> dict[str, ChildSpec]:
        """What should run, by the children's names."""
        held = self._held
        processes = [held.launch.process(process) for process in held.config.processes.values()]
        workers = [spec for worker in held.wishes for spec in held.specs(worker).values()]
        return {spec.name: spec for spec in [*workers, *processes]}

    def complete(self, spec: ChildSpec) -> ChildSpec:
        """Any spec of `queue:work`, also one an app made itself, with all that a worker needs."""
        return self._held.launch.complete(spec)

    def _carried_over(self, worker: WorkerConfig) -> Wish:
        held = self._held
        wish, old = held.wishes.get(worker.name), held.config.workers.get(worker.name)
        if wish is None or old is None:
            return Wish.of(worker)
        if old.processes == worker.processes:
            return wish
        limits, count = worker.processes, len(wish.numbers)
        numbers = resized(wish.numbers, min(max(count, limits.min), limits.max))
        return replace(wish, numbers=numbers, is_fixed=False)

    def _hold(self, config: Config, wishes: Mapping[str, Wish]) -> _Held:
        launch = Launch(config=config, folders=self._folders, import_path=self._import_path)
        return _Held(config=config, launch=launch, wishes=wishes)


def _count(worker: str, processes: object) -> int:
    """A number of processes, if it is one."""
    if isinstance(processes, bool) or not isinstance(processes, int) or not 0 <= processes <= MOST_PROCESSES:
        raise ValueError(
            f"worker {worker!r}: processes: expected a whole number from 0 to {MOST_PROCESSES}, or "
            f"{AUTO!r}, got {processes!r}"
        )
    return processes
