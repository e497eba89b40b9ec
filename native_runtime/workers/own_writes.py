"""What this process has written into workers.toml itself, so that whoever watches the file knows it again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from native_runtime.events import current_cause

if TYPE_CHECKING:
    from native_runtime.events import Cause

_REMEMBERED: Final = 64  # a watcher looks at a write within a second; nobody writes so many in that


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWrite:
    """A text that this process has written.

    Attributes:
        digest: Of the file's bytes, by `digest_of`.
        origin: Who asked for it, as in events: `cli`, `panel:…`; None for the app's own code.
        cause: What led to it; by default what led to the work of this thread.
    """

    digest: str
    origin: str | None
    cause: Cause = field(default_factory=current_cause)


class OwnWrites:
    """Remembers the latest. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writes: OrderedDict[str, OwnWrite] = OrderedDict()
        self._untaken: set[str] = set()

    def note(self, write: OwnWrite) -> None:
        """Remember a write; called before the file is replaced, so that nobody can see the file and not this."""
        with self._lock:
            self._writes[write.digest] = write
            self._writes.move_to_end(write.digest)
            self._untaken.add(write.digest)
            while len(self._writes) > _REMEMBERED:
                self._untaken.discard(self._writes.popitem(last=False)[0])

    def take(self, digest: str) -> OwnWrite | None:
        """As `find`, but each write only once: when its text comes back later, somebody else has brought it back."""
        with self._lock:
            if digest not in self._untaken:
                return None
            self._untaken.remove(digest)
            return self._writes.get(digest)

    def find(self, digest: str) -> OwnWrite | None:
        """The write whose text has this digest; None if somebody else wrote it."""
        with self._lock:
            return self._writes.get(digest)


OWN_WRITES: Final = OwnWrites()
"""Of this process: an app may make a `ConfigFile` anywhere, and its watcher must know each of their writes."""
