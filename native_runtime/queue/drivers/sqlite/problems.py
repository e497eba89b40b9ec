"""What SQLite says when something is wrong, in words for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.queue.drivers.sqlite.connections import BUSY_TIMEOUT

if TYPE_CHECKING:
    import sqlite3


def explained(error: sqlite3.Error | OSError) -> tuple[str, str]:
    """The problem, and what to do about it."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return (
            f"another program has kept it locked for {BUSY_TIMEOUT:g} s ({text})",
            "close other programs that have the file open, such as a database browser or a backup, and try again",
        )
    if "full" in text:
        return f"the disk is full ({text})", "free some space; nothing was stored"
    if "readonly" in text or "unable to open" in text or isinstance(error, OSError):
        return (
            f"cannot be opened for writing ({text})",
            "make the folder writable for this user, or choose another data_dir",
        )
    if "malformed" in text or "not a database" in text:
        return f"is damaged ({text})", "restart the app: it sets the file aside and begins a new one"
    return f"failed ({text})", "see the SQLite documentation for this message"
