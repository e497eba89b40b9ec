"""Follows one file through whatever editors do to it: tells each new content once, when it has come to rest."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime.workers.native_watch import NativeWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock

DEBOUNCE: Final = 0.2  # seconds without a further change, until a content is read
LONGEST: Final = 2.0  # seconds after which a file that is written to without pause is read all the same
LOOK: Final = 5.0  # seconds between two looks that nothing has asked for: a folder may be replaced as a whole

log = logging.getLogger("native_runtime.workers")


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
    """

    def __init__(
        self,
        path: Path,
        *,
        known: bytes | None,
        changed: Callable[[bytes], object],
        clock: Clock,
        debounce: float = DEBOUNCE,
    ) -> None:
        self._path = path
        self._changed = changed
        self._clock = clock
        self._debounce = debounce
        self._digest = None if known is None else digest_of(known)
        self._looking = threading.Lock()
        self._touched = threading.Event()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._watches: dict[Path, NativeWatch] = {}
        self._names = {path.name}
        self._traits: tuple[int, ...] | None = None  # of the file that was read last

    def start(self) -> None:
        """Begin; returns at once, and loads what it needs on its own thread. Harmless twice."""
        if self._thread is None:
            self._end.clear()
            self._touched.set()  # what was edited since it was read is found at once
            self._thread = threading.Thread(target=self._run, name="native-runtime file watch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End. Harmless twice, or before `start`."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._end.set()
            self._touched.set()
            thread.join()

    def look(self) -> bool:
        """Read the file now, without waiting for it to come to rest. True if it had a new content."""
        with self._looking:
            self._traits = (
                self._traits_now()
            )  # before it is read: what is written meanwhile differs from them
            try:
                content = self._path.read_bytes()
            except OSError as error:
                log.debug("%s cannot be read now: %s", self._path, error)
                return False
            digest = digest_of(content)
            if digest == self._digest or not content.strip():
                return False
            self._digest = digest
            self._changed(content)
            return True

    def _run(self) -> None:
        try:
            while not self._end.is_set():
                self._watch_folders()
                is_touched = self._touched.wait(LOOK)
                if is_touched:
                    self._come_to_rest()
                # To read it without need would wake the threads that watch its folder, every few seconds for ever.
                if not self._end.is_set() and (is_touched or self._traits_now() != self._traits):
                    self._look_safely()
        finally:
            for watch in self._watches.values():
                watch.stop()
            self._watches.clear()

    def _come_to_rest(self) -> None:
        """Return when nothing has happened for a while, or when it never ends."""
        latest = self._clock.monotonic() + LONGEST
        while self._clock.monotonic() < latest and not self._end.is_set():
            self._touched.clear()
            if not self._touched.wait(self._debounce):
                return
        self._touched.clear()

    def _traits_now(self) -> tuple[int, ...] | None:
        """What tells that it is the file which was read, without reading it; None if there is none."""
        try:
            facts = self._path.stat()
        except OSError:
            return None
        return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns

    def _look_safely(self) -> None:
        try:
            self.look()
        except Exception:  # whoever is told may fail; the next edit must be seen all the same
            log.exception("a change of %s could not be followed", self._path)

    def _watch_folders(self) -> None:
        """Watch the folders in which it, or what it links to, can be changed; they may come and go."""
        behind = self._path.resolve()
        self._names = {self._path.name, behind.name}
        wanted = {self._path.parent, behind.parent}
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
            self._touched.set()  # what happened before it was watched

    def _heard(self, touched: str) -> None:
        # Only its own name counts: what else is written in the folder, a log for instance, wakes nobody.
        if Path(touched).name in self._names:
            self._touched.set()


def digest_of(content: bytes) -> str:
    """Tells contents apart."""
    import hashlib  # here: it brings half a megabyte of OpenSSL

    return hashlib.sha256(content).hexdigest()
