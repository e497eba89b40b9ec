"""`QueueWorker`: the workers of the current runtime, from any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from native_runtime.current import Slot

if TYPE_CHECKING:
    from native_runtime.workers.fleet import WorkerFleet
    from native_runtime.workers.worker_status import WorkerStatus

CURRENT: Final[Slot[WorkerFleet]] = Slot("QueueWorker")


class QueueWorker:
    """The workers that `[workers.NAME]` sections of workers.toml describe.

    Every method raises NotConfiguredError where no runtime runs, and UnknownNameError for a name that no
    section has. What is changed here outlasts edits of workers.toml, but a number of processes only until the file
    names another one; a new start of the runtime begins with what the file says.
    """

    @staticmethod
    def up(name: str) -> None:
        """Start a worker that is down, or those of its processes that are. Harmless twice."""
        CURRENT.get().up(name)

    @staticmethod
    def down(name: str) -> None:
        """Stop a worker and keep it down; returns when its processes are gone. Harmless twice.

        Each finishes the job in hand, if that takes no longer than `stop_timeout`.
        """
        CURRENT.get().down(name)

    @staticmethod
    def restart(name: str) -> None:
        """Replace a worker's processes, one after the other; returns at once. One that is down comes up.

        Each finishes the job in hand and leaves once a fresh one is ready; if none can start, it goes on.
        """
        CURRENT.get().restart(name)

    @staticmethod
    def scale(name: str, processes: int | Literal["auto"]) -> None:
        """Keep another number of processes; returns when those that are too many are gone.

        The number stays, whatever waits, until "auto" lets it follow workers.toml and the jobs again.

        Raises:
            ValueError: `processes` is neither a number from 0 to 256 nor "auto".
        """
        CURRENT.get().scale(name, processes)

    @staticmethod
    def status(name: str) -> WorkerStatus:
        """What is wanted of a worker, and how its processes are."""
        return CURRENT.get().status(name)
