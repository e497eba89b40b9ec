"""For development: tells when source code below some folders has changed."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime.workers.file_watch import DEBOUNCE, digest_of
from native_runtime.workers.native_watch import NativeWatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SOURCE: Final = ".py"
_CACHES: Final = frozenset({"__pycache__", "node_modules", "site-packages"})

log = logging.getLogger("native_runtime.workers")


class CodeWatch:
    """Only the content of Python files counts: no log, cache, database or other thing that the app writes.

    Args:
        folders: With all below them, but for hidden ones and caches.
        besides: What lies in here is nobody's source: the data folder.
        changed: Called on a thread of the watch with the files whose content is another, once they are at rest.
    """

    def __init__(
        self, folders: Sequence[Path], *, besides: Path, changed: Callable[[Sequence[Path]], object]
    ) -> None:
        self._folders = tuple(folders)
        self._besides = besides
        self._changed = changed
        self._digests: dict[Path, str] = {}
        self._touched: set[Path] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._watches: list[NativeWatch] = []

    def start(self) -> None:
        """Begin; returns once changes are seen. A folder that cannot be watched is told. Harmless twice."""
        if self._thread is not None or not self._folders:
            return
        for folder in self._folders:
            watch = NativeWatch(folder, heard=self._heard, recursive=True)
            try:
                watch.start()
            except OSError as error:
                log.error("[dev] reload: %s cannot be watched: %s", folder, error)  # noqa: TRY400 - says it all
                continue
            self._watches.append(watch)
            for file in folder.rglob(f"*{SOURCE}"):
                if self._is_source(file):
                    self._is_new(file)
        self._end.clear()
        self._thread = threading.Thread(target=self._run, name="native-runtime code watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End. Harmless twice, or before `start`."""
        thread, self._thread = self._thread, None
        for watch in self._watches:
            watch.stop()
        self._watches.clear()
        if thread is not None:
            self._end.set()
            self._wake.set()
            thread.join()

    def _heard(self, touched: str) -> None:
        path = Path(touched)
        if self._is_source(path):
            with self._lock:
                self._touched.add(path)
            self._wake.set()

    def _is_source(self, path: Path) -> bool:
        if path.suffix != SOURCE or path.is_relative_to(self._besides):
            return False
        folder = next((each for each in self._folders if path.is_relative_to(each)), None)
        parts = path.relative_to(folder).parts if folder else path.parts
        return not any(part in _CACHES or part.startswith(".") for part in parts)

    def _run(self) -> None:
        while self._wake.wait() and not self._end.is_set():
            self._wake.clear()
            while self._wake.wait(DEBOUNCE) and not self._end.is_set():  # until they are at rest
                self._wake.clear()
            with self._lock:
                touched, self._touched = self._touched, set()
            files = sorted(file for file in touched if self._is_new(file))
            if files and not self._end.is_set():
                self._tell(files)

    def _tell(self, files: Sequence[Path]) -> None:
        try:
            self._changed(files)
        except Exception:  # whoever is told may fail; the next edit must be seen all the same
            log.exception("a change of the source could not be followed")

    def _is_new(self, file: Path) -> bool:
        """True if its content is another than at the last look; a file that is gone is no new code yet."""
        with suppress(OSError):
            digest = digest_of(file.read_bytes())
            known, self._digests[file] = self._digests.get(file), digest
            return digest != known
        return False
