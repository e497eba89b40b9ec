"""Where a runtime keeps its files: one data folder, and fixed names below it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from native_runtime import environment
from native_runtime.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from native_runtime.workers.config import RuntimeConfig

_ANOTHER: Final = f"set data_dir in workers.toml or {environment.DATA_DIR} to a folder this user may write to"


@dataclass(frozen=True, slots=True)
class Folders:
    """The data folder and what lies in it. Making one touches no disk; `create` does.

    Attributes:
        data: The data folder, absolute. One runtime at a time owns it.
    """

    data: Path

    @classmethod
    def resolve(cls, runtime: RuntimeConfig, *, environ: Mapping[str, str]) -> Folders:
        """Find the data folder: NATIVE_RUNTIME_DATA_DIR, else `data_dir`, else the user's own for `app`.

        Raises:
            StoreError: The user has none, since he has no home.
        """
        if named := environ.get(environment.DATA_DIR):
            return cls(Path(os.path.abspath(named)))  # noqa: PTH100 - a link is kept as the user named it
        if runtime.data_dir is not None:
            return cls(runtime.data_dir.absolute())
        return cls(_users_own(runtime.app))

    @property
    def store(self) -> Path:
        """The job store."""
        return self.data / "queue.sqlite3"

    @property
    def logs(self) -> Path:
        """Log files of the children."""
        return self.data / "logs"

    @property
    def run(self) -> Path:
        """What only means something while the runtime runs: scoreboards, ledgers."""
        return self.data / "run"

    @property
    def crashes(self) -> Path:
        """Crash reports."""
        return self.data / "crashes"

    @property
    def endpoint(self) -> Path:
        """Address and secret of the running gateway."""
        return self.data / "endpoint.json"

    def scoreboard(self, worker_id: str) -> Path:
        """The page on which a worker process notes what it does; each process has its own.

        A child's name holds a colon, which is no part of a file's name on Windows, so it is escaped.
        """
        return self.run / f"{quote(worker_id, safe=' ')}.board"

    @property
    def wanted(self) -> Path:
        """The page on which the app says what workers are to tell of jobs."""
        return self.run / "wanted"

    def create(self) -> None:
        """Make all folders that are missing, for this user alone.

        Raises:
            StoreError: One of them cannot be made, or the data folder not be written to.
        """
        for folder in (self.data, self.logs, self.run, self.crashes):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(
                    str(folder), f"the folder cannot be made: {error.strerror}", _ANOTHER
                ) from error
        if not os.access(self.data, os.W_OK | os.X_OK):
            raise StoreError(str(self.data), "this user may not write to the folder", _ANOTHER)


def _users_own(app: str) -> Path:
    from platformdirs import user_data_path

    try:
        own = user_data_path(app, appauthor=False)
    except (
        RuntimeError
    ):  # of newer releases; older ones answer with `~/…`, and would make a folder of that name
        own = Path()
    if own.is_absolute():
        return own
    raise StoreError(
        app,
        "its data folder is not known: this user has no home folder",
        f"set HOME, or {environment.DATA_DIR} to a folder this user may write to",
    )
