"""What happens before the first statement: a missing file is made, a damaged one set aside, a newer one refused, an older one migrated."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from native_runtime.errors import StoreError
from native_runtime.queue.drivers.sqlite.connections import connect
from native_runtime.queue.drivers.sqlite.locking import patient
from native_runtime.queue.drivers.sqlite.statements import load_migrations

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from native_runtime.clock import Clock

SCHEMA_VERSION: Final = 4

_MAGIC: Final = b"SQLite format 3\x00"
_USER_VERSION: Final = slice(60, 64)  # where the file's header keeps it, big-endian
_HEADER_SIZE: Final = 100
_FIXED: Final = slice(21, 24)  # three numbers that are the same in every file
_FIXED_NUMBERS: Final = bytes((64, 32, 32))
_COMPANIONS: Final = ("", "-wal", "-shm")
_EMPTY: Final = "is empty (0 bytes), which a store never is: something has taken its content"


def make_missing(path: Path) -> None:
    """Make a new store where there is none, whole in one step: so one that is empty has lost its content.

    Raises:
        sqlite3.Error: It cannot be written; nothing is left of it.
    """
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.new-{os.urandom(4).hex()}")
    try:
        with closing(connect(draft)) as connection:
            migrate(connection, path)
        # Another process was first, or the file system has no links: then it is made in place.
        with suppress(OSError):
            _put(draft, path)
    finally:
        for companion in _COMPANIONS:
            draft.with_name(f"{draft.name}{companion}").unlink(missing_ok=True)


def refuse_empty(path: Path) -> None:
    """Leave a file that has lost its content to the owner, as any other that is damaged.

    Raises:
        StoreError: It is empty.
    """
    if _header(path) == b"":
        raise StoreError(
            str(path),
            f"is damaged: it {_EMPTY}",
            "restart the app: it sets the file aside and begins a new one",
        )


def damage_of(path: Path) -> str | None:
    """What is wrong with the file, in words; None if it is sound or not there.

    The whole file is read only after an unclean end, which the write-ahead log that was left shows:
    SQLite removes it when the last connection closes.
    """
    header = _header(path)
    if header is None:
        return None
    if not header:
        return _EMPTY
    if not header.startswith(_MAGIC):
        return "is not an SQLite file"
    log = path.with_name(f"{path.name}-wal")
    was_left_open = log.exists() and log.stat().st_size > 0
    return _check(path, "PRAGMA quick_check(1)" if was_left_open else "SELECT COUNT(*) FROM sqlite_schema")


def set_aside_if_damaged(path: Path, clock: Clock) -> Path | None:
    """Put a damaged file out of the way, and say so. Returns where it is now; None if it was sound."""
    damage = damage_of(path)
    if damage is None:
        return None
    put = set_aside(path, clock.utc())
    import logging

    logging.getLogger("native_runtime.queue").error(
        "the job store %s %s; it was set aside as %s and a new, empty one was made: "
        "jobs that waited in it do not run",
        path,
        damage,
        put,
    )
    return put


def refuse_newer(path: Path) -> None:
    """Leave a file of a later version alone: it is not even opened.

    Raises:
        StoreError: It is of a later version.
    """
    header = _header(path) or b""
    # Of a damaged header no number can be believed.
    if header.startswith(_MAGIC) and header[_FIXED] == _FIXED_NUMBERS:
        _refuse_newer(path, int.from_bytes(header[_USER_VERSION], "big"))


def set_aside(path: Path, at: datetime) -> Path:
    """Rename a damaged file and what belongs to it, so that it can be looked into. Returns its new path."""
    target = path.with_name(f"{path.name}.damaged-{at:%Y%m%dT%H%M%S}Z")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.name}.damaged-{at:%Y%m%dT%H%M%S}Z-{number}")
    for companion in _COMPANIONS:
        source = path.with_name(f"{path.name}{companion}")
        if source.exists():
            source.rename(target.with_name(f"{target.name}{companion}"))
    return target


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the schema to this version, whoever else tries the same now.

    Raises:
        StoreError: It is of a later version.
        sqlite3.Error: The file cannot be written.
    """
    if _version(connection) == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)  # again: another process may have been first
        _refuse_newer(path, version)
        for statements in load_migrations()[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _put(draft: Path, path: Path) -> None:
    """Never in the place of another one."""
    if sys.platform == "win32":
        draft.rename(path)
    else:
        path.hardlink_to(draft)


def _header(path: Path) -> bytes | None:
    """How the file begins; None if it is not there."""
    try:
        with path.open("rb") as file:
            return file.read(_HEADER_SIZE)
    except FileNotFoundError:
        return None


def _check(path: Path, statement: str) -> str | None:
    try:
        connection = connect(path)
    except sqlite3.OperationalError:
        raise  # locked, or not readable: that says nothing about its content
    except sqlite3.DatabaseError as error:
        return f"is damaged ({error})"
    try:
        with patient(connection):
            answer = connection.execute(statement).fetchone()[0]
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        return f"is damaged ({error})"
    finally:
        connection.close()
    return (
        None if answer == "ok" or isinstance(answer, int) else f"is damaged ({' '.join(str(answer).split())})"
    )


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _refuse_newer(path: Path, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise StoreError(
            str(path),
            f"was written by a newer version of this library (schema {version}, this one knows {SCHEMA_VERSION})",
            "update the app, or give it another data_dir; the file was left as it is",
        )
