"""A house for gateway tests whose configuration stands in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.workers.loader import load
from tests.support.gateway_house import House

if TYPE_CHECKING:
    from pathlib import Path

    from native_runtime.queue.driver import QueueDriver
    from native_runtime.workers.config import Config

TEXT = "# Mine.\n[runtime]\napp = 'Desk'\n\n[workers.images]\nmemory = 64\n"


class FileHouse(House):
    """A house whose configuration stands in a file."""

    def __init__(self, data: Path, *, driver: QueueDriver | None = None) -> None:
        super().__init__(data, driver=driver)
        self.path = data / "workers.toml"
        self.path.write_text(TEXT)
        self.holds = load(self.path, environ={})

    def config(self) -> Config:
        return self.holds
