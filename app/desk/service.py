"""The desk inside the app: takes folders in, remembers what failed, and goes on where it stopped."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.desk.events import PhotoRefused
from app.jobs import import_photo, request, scan_folder
from app.library import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from native_runtime import Runtime
    from native_runtime.events import Event
    from native_runtime.queue import JobHandle
    from native_runtime.queue.events import JobFailed

_REFUSED: Final = "Fail: "  # how the error of a job that raised Fail begins; the rest is for people


class NoFolderError(Exception):
    """What was to be added is no folder; the text is for a person."""


class Desk:
    """What the page can ask of the app.

    Args:
        folder: The runtime's data folder.

    Attributes:
        catalogue: What is known of the photos.
        folder: The runtime's data folder.
        refusals: How often each photo was refused since the app started; so a page knows that a retry is over.
        choose_folder: Lets a person choose a folder in a native dialog, or None where there is no window.
        dropped: Full paths of what was just dropped on the window, by file name; None like `choose_folder`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalogue = Catalogue(folder)
        self.refusals: Counter[str] = Counter()
        self._tell: Callable[[Event], object] = lambda _event: None
        self.choose_folder: Callable[[], Path | None] | None = None
        self.dropped: Callable[[Sequence[str]], Sequence[Path]] | None = None

    def attach(self, runtime: Runtime) -> None:
        """Hear of failures, and go on with what was open when the app was last closed.

        Args:
            runtime: Started.
        """
        from native_runtime.queue.events import JobFailed

        self._tell = runtime.bus.publish
        runtime.on(JobFailed, self.note_failure, job=import_photo.name)
        self.resume()

    def add_folder(self, folder: Path) -> JobHandle[int]:
        """Have all pictures below a folder read.

        Raises:
            NoFolderError: It is not there, or is a file.
        """
        if not folder.is_absolute():
            raise NoFolderError(
                f"{folder}: give the full path of a folder, such as {Path.home() / 'Pictures'}"
            )
        if not folder.is_dir():
            kind = "this is a file; give its folder" if folder.exists() else "there is no such folder"
            raise NoFolderError(f"{folder}: {kind}")
        return scan_folder.dispatch(folder)

    def resume(self) -> None:
        """Ask again for photos that are wanted and not there; learn which failed while nobody listened."""
        wanted = [(photo, Path(path)) for photo, path in self.catalogue.open_wants()]
        for (photo, _), handle in zip(wanted, request(wanted), strict=True):
            if handle.status.is_failure:
                self.catalogue.refuse(photo, handle.error.removeprefix(_REFUSED), handle.status)

    def note_failure(self, event: JobFailed) -> None:
        """Keep why a photo could not be read, for the page."""
        self.catalogue.refuse(event.job_id, event.error.removeprefix(_REFUSED), event.outcome)
        self.refusals[event.job_id] += 1
        self._tell(PhotoRefused(photo=event.job_id))

    def close(self) -> None:
        """Let go of the catalogue. Harmless twice."""
        self.catalogue.close()
