"""Queues that workers.toml sets up and no worker serves: valid, but hardly meant. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.workers.problem import show_path

if TYPE_CHECKING:
    from native_runtime.workers.config import Config


def unserved(config: Config) -> list[str]:
    """Their names, in the file's order."""
    served = {queue for worker in config.workers.values() for queue in worker.queues}
    return [name for name in config.queues if name not in served]


def unserved_queues(config: Config) -> list[str]:
    """One sentence, without a full stop, for each of them."""
    return [
        f"no worker serves the queue {name!r} of [{show_path(('queues', name))}]; "
        f"add it to the 'queues' of a worker, or remove the section"
        for name in unserved(config)
    ]
