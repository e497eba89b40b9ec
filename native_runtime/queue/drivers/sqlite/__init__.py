"""Jobs in one SQLite file: the store that needs no server."""

from native_runtime.queue.drivers.sqlite.driver import SqliteDriver

__all__ = ["SqliteDriver"]
