"""Wakes a listener when something happens in a folder: by the system's own means, or by looking from time to time."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POLLING: Final = 1.0  # seconds between two looks where the system does not tell
_NETWORK: Final = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "9p", "afs", "ncpfs", "davfs", "coda"),
        *("ceph", "lustre", "beegfs", "gpfs", "gfs2", "ocfs2"),
        *("virtiofs", "vboxsf", "prl_fs", "vmhgfs", "drvfs", "fakeowner"),  # folders of the host, in a guest
        "fuse",  # any program may change what it shows, and the system does not hear of it
    }
)

log = logging.getLogger("native_runtime.workers")


class NativeWatch:
    """Watches one folder. The library that does it is imported when it starts.

    Args:
        folder: What is watched.
        recursive: Its subfolders too.
        heard: Called on a thread of the watch with the path of what was touched; must return at once.
    """

    def __init__(self, folder: Path, *, heard: Callable[[str], None], recursive: bool = False) -> None:
        self._folder = folder
        self._heard = heard
        self._recursive = recursive
        self._observer: Any = None
        self._identity: tuple[int, int] | None = None
        self.is_polling = False

    def start(self) -> None:
        """Begin; looks from time to time where the system cannot tell, as on a network folder. Harmless twice.

        Raises:
            OSError: The folder cannot be watched at all; it may not exist.
        """
        if self._observer is not None:
            return
        self._identity = _identity_of(self._folder)
        self._observer = self._begin_natively() or self._begin(polling=True)

    @property
    def holds(self) -> bool:
        """False once the folder is gone, or another one lies in its place."""
        try:
            return _identity_of(self._folder) == self._identity
        except OSError:
            return False

    def stop(self) -> None:
        """End. Harmless twice, or before `start`."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join()

    def _begin_natively(self) -> Any:
        """None where the system cannot tell: on a network folder, or when it has no more watches to give."""
        self.is_polling = is_on_network(self._folder)
        if not self.is_polling:
            try:
                return self._begin(polling=False)
            except (OSError, ImportError) as error:
                log.warning("%s: the system cannot watch it (%s); looking every second", self._folder, error)
                self.is_polling = True
        return None

    def _begin(self, *, polling: bool) -> Any:
        from watchdog.events import FileSystemEventHandler

        kind = _polling_observer() if polling else _native_observer()
        heard = self._heard

        class Handler(FileSystemEventHandler):
            """Tells of changes; that somebody has opened or read a file is none."""

            def on_any_event(self, event: Any) -> None:
                if event.event_type in _CHANGES:
                    heard(str(event.src_path))
                    if event.dest_path:
                        heard(str(event.dest_path))

        observer = kind(timeout=POLLING)
        observer.schedule(Handler(), str(self._folder), recursive=self._recursive)
        try:
            observer.start()
        except BaseException:
            observer.stop()  # else a thread of it and three descriptors stay
            raise
        return observer


_CHANGES: Final = frozenset({"created", "modified", "moved", "deleted", "closed"})


def _native_observer() -> Any:
    from watchdog.observers import Observer

    return Observer


def _polling_observer() -> Any:
    from watchdog.observers.polling import PollingObserver

    return PollingObserver


def _identity_of(folder: Path) -> tuple[int, int]:
    facts = folder.stat()
    return facts.st_dev, facts.st_ino


def is_on_network(folder: Path) -> bool:
    """True if other machines may change what lies there, of which this system would not tell."""
    import psutil

    try:
        partitions = psutil.disk_partitions(all=True)
    except (OSError, RuntimeError):
        return False
    where = str(folder.resolve())
    if sys.platform == "win32" and where.startswith("\\\\"):
        return True
    holding = [each for each in partitions if _is_below(where, each.mountpoint)]
    nearest = max(holding, key=lambda each: len(each.mountpoint), default=None)
    if nearest is None:
        return False
    kind = nearest.fstype.lower().partition(".")[0]  # "fuse.sshfs"
    return kind in _NETWORK or "remote" in nearest.opts.split(",")


def _is_below(path: str, mountpoint: str) -> bool:
    return path == mountpoint or path.startswith(
        mountpoint.rstrip("/\\") + ("\\" if "\\" in mountpoint else "/")
    )
