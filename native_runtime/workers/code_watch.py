"""For development: tells when source code below some folders has changed."""

from __future__ import annotations

import logging
import os
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from native_runtime.workers.file_watch import LOOK, Traits, digest_of
from native_runtime.workers.native_watch import NativeWatch
from native_runtime.workers.unrest import Unrest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from native_runtime.clock import Clock

SOURCE: Final = ".py"
_CACHES: Final = frozenset({"__pycache__", "node_modules", "site-packages"})

log = logging.getLogger("native_runtime.workers")


class _Seen(NamedTuple):
    """A file at the last look."""

    traits: Traits | None
    digest: str


class CodeWatch:
    """Only the content of Python files counts: no log, cache, database or other thing that the app writes.

    The system wakes it where it can. It looks every few seconds as well, because a folder may be replaced as a whole,
    lie where the system does not tell, or have more folders in it than the system watches.

    Args:
        besides: What lies in here is nobody's source: the data folder.
        changed: Called on a thread of the watch with the files whose content is another, once they are at rest.
        clock: Time.
    """

    def __init__(self, *, besides: Path, changed: Callable[[Sequence[Path]], object], clock: Clock) -> None:
        self._besides = besides
        self._changed = changed
        self._clock = clock
        self._folders: tuple[Path, ...] = ()
        self._seen: dict[Path, _Seen] = {}
        self._looking = threading.Lock()
        self._unrest = Unrest(clock=clock)
        self._thread: threading.Thread | None = None
        self._watches: dict[Path, NativeWatch] = {}

    def follow(self, folders: Sequence[Path]) -> None:
        """Tell of changes below these folders from now on, and no others: of all below but hidden files and caches.

        What has changed so far below a folder that was followed before, too, is told all the same.
        """
        for folder in folders:
            if not folder.is_dir():
                log.warning("[dev] reload: expected a folder, got %s, which is none now", folder)
        with self._looking:
            added = [folder for folder in folders if folder not in self._folders]
            self._folders = tuple(folders)
            self._changes(added)  # as they are now, the workers know them
        if not folders:
            self.stop()
        elif self._thread is None:
            self._unrest.begin()
            self._thread = threading.Thread(target=self._run, name="native-runtime code watch", daemon=True)
            self._thread.start()
        self._unrest.stir()

    def stop(self) -> None:
        """End. Harmless twice, or before `follow`."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._unrest.end()
            thread.join()

    def _run(self) -> None:
        try:
            while not self._unrest.is_over():
                self._safely(self._watch_folders)
                self._unrest.wait(LOOK)
                if not self._unrest.is_over():
                    self._safely(self._look)
        finally:
            for watch in self._watches.values():
                watch.stop()
            self._watches.clear()

    def _watch_folders(self) -> None:
        """Watch the folders that are there; they may come and go."""
        wanted = {_real(folder) for folder in self._folders}  # of a link the system would tell nothing
        for folder in [
            each for each, watch in self._watches.items() if each not in wanted or not watch.holds
        ]:
            self._watches.pop(folder).stop()
        for folder in wanted - set(self._watches):
            watch = NativeWatch(folder, heard=self._heard, recursive=True)
            with suppress(OSError):  # it is not there now
                watch.start()
                self._watches[folder] = watch
                self._unrest.stir()  # what happened before it was watched

    def _heard(self, touched: str) -> None:
        if touched.endswith(SOURCE):
            self._unrest.stir()

    def _look(self) -> None:
        with self._looking:
            files = self._changes(self._folders)
        if files:
            self._changed(files)

    def _safely(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception:  # whoever is told may fail; the next edit must be seen all the same
            log.exception("a change of the source could not be followed")

    def _changes(self, folders: Iterable[Path]) -> list[Path]:
        """The files that are not as they were at the last look."""
        found = {file for folder in folders for file in self._sources(_real(folder))}
        return sorted(file for file in found if self._is_new(file))

    def _sources(self, folder: Path) -> Iterator[Path]:
        besides = _real(self._besides)
        for where, below, names in os.walk(folder):
            below[:] = [
                name
                for name in below
                if name not in _CACHES and not name.startswith(".") and Path(where, name) != besides
            ]
            yield from (
                Path(where, name) for name in names if name.endswith(SOURCE) and not name.startswith(".")
            )

    def _is_new(self, file: Path) -> bool:
        """True if its content is another than at the last look; a file that is gone is no new code yet."""
        with suppress(OSError):
            facts = file.stat()
            traits, seen = Traits.of(facts), self._seen.get(file)
            if not stat.S_ISREG(facts.st_mode) or (seen is not None and seen.traits == traits):
                return False
            digest = digest_of(file.read_bytes())
            self._seen[file] = _Seen(traits.once_settled(self._clock.epoch()), digest)
            return seen is None or seen.digest != digest
        return False


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))
