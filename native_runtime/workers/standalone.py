"""Finds workers.toml and what it names for a program that no runtime started, such as a worker in a terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime import environment
from native_runtime.clock import SystemClock
from native_runtime.errors import ConfigError
from native_runtime.events import EventBus
from native_runtime.workers.folders import Folders
from native_runtime.workers.loader import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from native_runtime.queue.driver import QueueDriver
    from native_runtime.workers.config import Durability

FILE_NAME: Final = "workers.toml"


def find_config(environ: Mapping[str, str], given: str | None = None) -> Path:
    """The workers.toml that holds here.

    Args:
        environ: May name it in NATIVE_RUNTIME_CONFIG.
        given: What the user named on the command line, if anything; comes first.

    Returns:
        Its absolute path: the given one, else the environment's, else workers.toml in the working folder.

    Raises:
        ConfigError: There is no such file.
    """
    named = given or environ.get(environment.CONFIG)
    path = Path(named or FILE_NAME).absolute()
    if path.is_file():
        return path
    if given:
        source = f"asked for as {given}"
    elif named:
        source = f"named by {environment.CONFIG}"
    else:
        source = f"not named by -c or {environment.CONFIG}, so looked for in the working folder"
    raise ConfigError([f"{path}: expected a file, got {'a folder' if path.is_dir() else 'none'} ({source})"])


def prepare(
    environ: Mapping[str, str], argv_config: str | None = None
) -> tuple[Path, tuple[str, ...], Durability]:
    """Get ready to work outside a runtime: the file's folder joins `sys.path`, so that its jobs can be imported.

    Args:
        environ: As for `find_config`; NATIVE_RUNTIME_DATA_DIR overrides the file's data folder.
        argv_config: As `given` of `find_config`.

    Returns:
        The data folder, which exists then, the job modules to import, and how durable the store is.

    Raises:
        ConfigError: There is no workers.toml, or it cannot be used.
        StoreError: The data folder cannot be made.
    """
    config = load(find_config(environ, argv_config), environ=environ)
    folders = Folders.resolve(config.runtime, environ=environ)
    folders.create()
    if config.path is not None and str(config.path.parent) not in sys.path:
        sys.path.insert(0, str(config.path.parent))
    return folders.data, config.runtime.jobs, config.runtime.durability


def rescue_strangers(driver: QueueDriver, data: Path, *, ring: Callable[[], object]) -> None:
    """Put back what workers held whose process is gone; for a worker that no app watches.

    Args:
        driver: The store.
        data: The data folder.
        ring: Called if jobs may wait again.

    Raises:
        StoreError: The store cannot be read or written.
    """
    from native_runtime.workers.job_news import JobNews
    from native_runtime.workers.rescuer import Rescuer
    from native_runtime.workers.roster import Roster

    def rang(what: Sequence[object]) -> None:
        if what:
            ring()

    def tell_of_steps() -> None:
        # Who is to stop reads it in the store here, and nobody listens to events.
        rang([job for news in driver.batches.take_news() for job in news.added])

    clock = SystemClock()
    Rescuer(
        driver=driver,
        news=JobNews(EventBus(clock=clock), wants=lambda _kind: False, wants_brief=lambda _kind: False),
        clock=clock,
        folders=Folders(data),
        roster=Roster(),
        retire=lambda _member, _lost: None,  # there is none of ours
        ring=rang,
        tell_of_steps=tell_of_steps,
    ).rescue_strangers()
