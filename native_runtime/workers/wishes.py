"""What is wanted of each worker: by the file, and by whoever changed it by hand since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from native_runtime.workers.change import settle
from native_runtime.workers.launch import Launch
from native_runtime.workers.team import first, resized

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class Wishes:
    """Kept by the fleet, which lets one thread at a time change them.

    Attributes:
        config: The configuration that holds.

    Args:
        config: The first one.
        folders: Where things lie.
        import_path: The app's `sys.path`.
    """

    def __init__(self, config: Config, *, folders: Folders, import_path: Sequence[str]) -> None:
        self.config = config
        self._folders = folders
        self._import_path = import_path
        self._launch = self._launch_by(config)
        self._wishes = {worker.name: Wish.of(worker) for worker in config.workers.values()}

    def go_over_to(self, edited: Config) -> tuple[str, ...]:
        """Another configuration holds, but for the keys that are returned: those wait for the app's next start.

        What is down stays down, and what was scaled keeps its number until that is not between the file's limits, or
        was set by hand and the file names others.
        """
        config, waiting = settle(self.config, edited)
        self._wishes = {name: self._carried_over(worker) for name, worker in config.workers.items()}
        self.config = config
        self._launch = self._launch_by(config)
        return waiting

    def names(self) -> tuple[str, ...]:
        """All workers, in the file's order."""
        return tuple(self._wishes)

    def of(self, worker: str) -> Wish:
        """What is wanted of one."""
        return self._wishes[worker]

    def scaled(self, worker: str, processes: int | Literal["auto"]) -> Wish:
        """What is wanted of one once somebody has said how many processes, or "auto".

        Raises:
            ValueError: `processes` is negative.
        """
        wish, limits = self._wishes[worker], self.config.workers[worker].processes
        wanted = min(max(len(wish.numbers), limits.min), limits.max) if processes == AUTO else processes
        if wanted < 0:
            raise ValueError(f"worker {worker!r}: processes: expected 0 or more, got {processes}")
        return Wish(wish.is_up, resized(wish.numbers, wanted), is_fixed=processes != AUTO)

    def put(self, worker: str, wish: Wish) -> None:
        """From now on want this of a worker."""
        self._wishes[worker] = wish

    def specs(self, worker: str) -> dict[str, ChildSpec]:
        """What should run of a worker, by the children's names."""
        section, numbers = self.config.workers[worker], self._wishes[worker].standing
        specs = [self._launch.worker(section, number) for number in numbers]
        return {spec.name: spec for spec in specs}

    def all_specs(self) -> dict[str, ChildSpec]:
        """What should run, by the children's names."""
        processes = [self._launch.process(process) for process in self.config.processes.values()]
        workers = [spec for worker in self._wishes for spec in self.specs(worker).values()]
        return {spec.name: spec for spec in [*workers, *processes]}

    def complete(self, spec: ChildSpec) -> ChildSpec:
        """Any spec of `queue:work`, also one an app made itself, with all that a worker needs."""
        return self._launch.complete(spec)

    def _carried_over(self, worker: WorkerConfig) -> Wish:
        wish, old = self._wishes.get(worker.name), self.config.workers.get(worker.name)
        if wish is None or old is None:
            return Wish.of(worker)
        if old.processes == worker.processes:
            return wish
        limits, count = worker.processes, len(wish.numbers)
        numbers = resized(wish.numbers, min(max(count, limits.min), limits.max))
        return replace(wish, numbers=numbers, is_fixed=False)

    def _launch_by(self, config: Config) -> Launch:
        return Launch(config=config, folders=self._folders, import_path=self._import_path)
