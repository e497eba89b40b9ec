"""The desk's own memory: which photos are wanted, which are read, and which could not be."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.photo import Failure, Photo, Progress, StoredPhoto

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FILE_NAME: Final = "catalogue.sqlite3"
_SCHEMA: Final = Path(__file__).with_name("library.sql")
_BUSY_SECONDS: Final = 30.0  # a writer waits this long for another before it fails
_PAUSE: Final = 0.01  # seconds between two attempts where SQLite itself does not wait
_BITS_64: Final = 1 << 64
_SIGN: Final = 1 << 63  # SQLite's integers are signed

_OPEN: Final = """
    SELECT id, path FROM wanted
    WHERE id NOT IN (SELECT id FROM photos) AND id NOT IN (SELECT id FROM failures)
"""
_WANT: Final = """
    INSERT OR IGNORE INTO wanted VALUES (:id, :path, :round)
"""
_PUT: Final = """
    INSERT INTO photos (
      id, path, size, width, height, fingerprint, taken, camera, latitude, longitude, changed
    ) VALUES (
      :id, :path, :size, :width, :height, :fingerprint, :taken, :camera, :latitude, :longitude,
      (SELECT coalesce(max(changed), 0) + 1 FROM photos)
    ) ON CONFLICT (id) DO UPDATE SET
      size = excluded.size, width = excluded.width, height = excluded.height,
      fingerprint = excluded.fingerprint, taken = excluded.taken, camera = excluded.camera,
      latitude = excluded.latitude, longitude = excluded.longitude, changed = excluded.changed
"""
_PLACE: Final = """
    UPDATE photos SET place = :place, changed = (SELECT max(changed) + 1 FROM photos) WHERE id = :id
"""
_REFUSE: Final = """
    INSERT OR REPLACE INTO failures
    SELECT id, :message, :outcome FROM wanted
    WHERE id = :id AND id NOT IN (SELECT id FROM photos)
"""
_PROGRESS: Final = """
    SELECT count(*) AS total, count(photos.id) AS done, count(failures.id) AS failed
    FROM wanted LEFT JOIN photos USING (id) LEFT JOIN failures USING (id)
    WHERE round = (SELECT max(round) FROM wanted)
"""


def _use_log(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log. SQLite does not wait for others that do the same just now, so this does."""
    pause = threading.Event()
    for _ in range(int(_BUSY_SECONDS / _PAUSE)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            pause.wait(_PAUSE)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")  # raises what is wrong


class Catalogue:
    """One SQLite file that the app reads and the workers write; safe from any thread and process.

    Args:
        folder: The data folder; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            folder / FILE_NAME, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._connection.row_factory = sqlite3.Row
        _use_log(self._connection)
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._writing() as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _SCHEMA.read_text(encoding="utf-8").split(";"):
                    connection.execute(statement)

    def want(self, photos: Iterable[tuple[str, str]]) -> None:
        """Note `(id, path)` of photos to be read; known ids stay as they are. A path has one id: the latest."""
        with self._writing() as connection:
            is_open = connection.execute(_OPEN).fetchone() is not None
            latest: int = connection.execute("SELECT coalesce(max(round), 0) FROM wanted").fetchone()[0]
            number = latest if is_open else latest + 1
            for photo, path in photos:
                connection.execute("DELETE FROM wanted WHERE path = ? AND id <> ?", (path, photo))
                connection.execute(_WANT, {"id": photo, "path": path, "round": number})

    def open_wants(self) -> list[tuple[str, str]]:
        """`(id, path)` of photos that are wanted and neither read nor refused."""
        return [(row["id"], row["path"]) for row in self._read(_OPEN)]

    def put(self, photo: Photo) -> None:
        """Store a photo that was read. Harmless twice; an earlier version of the same file goes.

        The file may have changed since it was wanted: then the want goes over to the id that was read.
        """
        values = asdict(photo) | {"fingerprint": _signed(photo.fingerprint)}
        with self._writing() as connection:
            connection.execute("DELETE FROM photos WHERE path = ? AND id <> ?", (photo.path, photo.id))
            connection.execute(
                "UPDATE wanted SET id = ? WHERE path = ? AND id <> ?", (photo.id, photo.path, photo.id)
            )
            connection.execute("DELETE FROM failures WHERE id = ?", (photo.id,))
            connection.execute(_PUT, values)

    def locate(self, photo: str, place: str) -> None:
        """Note where a photo was taken. Harmless for a photo that is gone."""
        with self._writing() as connection:
            connection.execute(_PLACE, {"id": photo, "place": place})

    def refuse(self, photo: str, message: str, outcome: str) -> None:
        """Note why a photo could not be read. Harmless for one that nobody wants, or that was read."""
        with self._writing() as connection:
            connection.execute(_REFUSE, {"id": photo, "message": message, "outcome": outcome})

    def find(self, photo: str) -> StoredPhoto | None:
        """The photo with this id, or None."""
        rows = self._read("SELECT * FROM photos WHERE id = ?", photo)
        return _stored(rows[0]) if rows else None

    def changed_since(self, change: int, *, limit: int) -> list[StoredPhoto]:
        """Photos whose `changed` is above `change`, in that order."""
        rows = self._read("SELECT * FROM photos WHERE changed > ? ORDER BY changed LIMIT ?", change, limit)
        return [_stored(row) for row in rows]

    def fingerprints(self) -> dict[str, int]:
        """Photo id to fingerprint, the oldest photo first."""
        rows = self._read("SELECT id, fingerprint FROM photos ORDER BY taken, path")
        return {row["id"]: row["fingerprint"] % _BITS_64 for row in rows}

    def failures(self) -> list[Failure]:
        """Wanted photos that could not be read, by path."""
        rows = self._read(
            "SELECT id, path, message, outcome FROM failures JOIN wanted USING (id) ORDER BY path"
        )
        return [Failure(**dict(row)) for row in rows]

    def progress(self) -> Progress:
        """The latest round in numbers."""
        return Progress(**dict(self._read(_PROGRESS)[0]))

    def close(self) -> None:
        """Let go of the file. Harmless twice."""
        with self._lock:
            self._connection.close()

    def _read(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that takes the write lock first: a later upgrade could meet "database is locked"."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def _signed(fingerprint: int) -> int:
    return fingerprint - _BITS_64 if fingerprint >= _SIGN else fingerprint


def _stored(row: sqlite3.Row) -> StoredPhoto:
    values: dict[str, Any] = dict(row)
    return StoredPhoto(**values | {"fingerprint": values["fingerprint"] % _BITS_64})
