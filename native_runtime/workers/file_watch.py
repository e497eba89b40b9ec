"""Follows one file through whatever editors do to it: tells each new content once, when it has come to rest."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from native_runtime.workers.native_watch import NativeWatch
from native_runtime.workers.unrest import DEBOUNCE, Unrest

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock

LOOK: Final = 5.0  # seconds between two looks that nothing has asked for: a folder may be replaced as a whole
GRAIN: Final = 3.0  # seconds; some file systems tell the time of a change by two of them, and clocks differ

log = logging.getLogger("native_runtime.workers")


class Traits(NamedTuple):
    """What tells, without reading it, that a file is the one that was read."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, facts: os.stat_result) -> Self:
        """Those of a file; its times in nanoseconds."""
        return cls(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)

    def once_settled(self, now: float) -> Self | None:
        """These, or None as long as a further change might leave them as they are.

        Args:
            now: Seconds since 1970.
        """
        return None if abs(now - self.modified / 1e9) < GRAIN else self


class FileWatch:
    """Reads the file on a thread of its own, after each burst of changes in its folder, and every few seconds.

    The folder is watched and not the file, because most editors put another file in its place. Where the file is
    a link, the folder that it leads to is watched as well. What was read last is known by its digest: a file that is
    touched or saved unchanged is not told again. One that is missing or cannot be read is left alone until it can,
    and so is an empty one: many editors empty a file before they write it.

    Args:
        path: The file.
        known: Its content now; None if it is not known.
        changed: Called with each new content, on that thread or on that of `look`; one call at a time.
        clock: Time.
        debounce: Seconds.
        longest: Bytes; no more is read.
    """

    def __init__(
        self,
        path: Path,
        *,
        known: bytes | None,
        changed: Callable[[bytes], object],
        clock: Clock,
        debounce: float = DEBOUNCE,
        longest: int = -1,
    ) -> None:
        self._path = path
        self._changed = changed
        self._clock = clock
        self._longest = longest
        self._digest = None if known is None else digest_of(known)
        self._looking = threading.Lock()
        self._unrest = Unrest(clock=clock, debounce=debounce)
        self._thread: threading.Thread | None = None
        self._watches: dict[Path, NativeWatch] = {}
        self._names = {path.name}
        self._traits: Traits | None = None  # of the file that was read last

    def start(self) -> None:
        """Begin; returns at once, and loads what it needs on its own thread. Harmless twice."""
        if self._thread is None:
            self._unrest.begin()
            self._unrest.stir()  # what was edited since it was read is found at once
            self._thread = threading.Thread(target=self._run, name="native-runtime file watch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End. Harmless twice, or before `start`."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._unrest.end()
            thread.join()

    def look(self) -> bool:
        """Read the file now, without waiting for it to come to rest. True if it had a new content."""
        with self._looking:
            # Before it is read: what is written meanwhile differs from them.
            traits = self._traits_now()
            self._traits = None if traits is None else traits.once_settled(self._clock.epoch())
            content = self._read()
            if content is None:
                return False
            digest = digest_of(content)
            if digest == self._digest or not content.strip():
                return False
            self._digest = digest
            self._changed(content)
            return True

    def _run(self) -> None:
        try:
            while not self._unrest.is_over():
                self._safely(self._watch_folders)
                is_touched = self._unrest.wait(LOOK)
                if not self._unrest.is_over():
                    self._safely(self.look if is_touched else self._look_where_it_differs)
        finally:
            for watch in self._watches.values():
                watch.stop()
            self._watches.clear()

    def _look_where_it_differs(self) -> None:
        # To read it without need would wake the threads that watch its folder, every few seconds for ever.
        if self._traits_now() != self._traits:
            self.look()

    def _read(self) -> bytes | None:
        """The content; None if there is none to be had now."""
        try:
            if not self._path.is_file():  # who opens a pipe of this name waits for its other end
                return None
            with self._path.open("rb") as file:
                return file.read(self._longest)
        except OSError as error:
            log.debug("%s cannot be read now: %s", self._path, error)
            return None

    def _traits_now(self) -> Traits | None:
        """Of the file as it is; None if there is none."""
        try:
            return Traits.of(self._path.stat())
        except OSError:
            return None

    def _safely(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception:  # whoever is told may fail; the next edit must be seen all the same
            log.exception("a change of %s could not be followed", self._path)

    def _watch_folders(self) -> None:
        """Watch the folders in which it, or what it links to, can be changed; they may come and go."""
        # resolve() raises for links that lead in a circle; of a link itself the system would tell nothing.
        behind, folder_of_it = Path(os.path.realpath(self._path)), Path(os.path.realpath(self._path.parent))
        self._names = {self._path.name, behind.name}
        wanted = {folder_of_it, behind.parent}
        for folder in [
            each for each, watch in self._watches.items() if each not in wanted or not watch.holds
        ]:
            self._watches.pop(folder).stop()
        for folder in wanted - set(self._watches):
            watch = NativeWatch(folder, heard=self._heard)
            try:
                watch.start()
            except OSError:
                continue  # it is not there now
            self._watches[folder] = watch
            self._unrest.stir()  # what happened before it was watched

    def _heard(self, touched: str) -> None:
        # Only its own name counts: what else is written in the folder, a log for instance, wakes nobody.
        if Path(touched).name in self._names:
            self._unrest.stir()


def digest_of(content: bytes) -> str:
    """Tells contents apart."""
    import hashlib  # here: it brings half a megabyte of OpenSSL

    return hashlib.sha256(content).hexdigest()
