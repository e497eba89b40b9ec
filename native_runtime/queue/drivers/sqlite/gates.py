"""The gates of queues in their table: read, changed as a whole, and asked."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from msgspec.structs import astuple

from native_runtime.queue.drivers.sqlite.statements import load_statements

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from native_runtime.queue.drivers.gate import Gate, Gates
    from native_runtime.queue.settings import QueueSettings

SQL: Final = load_statements("limits.sql")
"""The statements by name."""


def read(connection: sqlite3.Connection) -> Gates:
    """All gates by queue; there are few, and mostly none."""
    rows = connection.execute(SQL["gates"]).fetchall()
    if not rows:
        return {}
    from native_runtime.queue.drivers.gate import Gate

    return {
        name: Gate(name, paused, bool(in_file), bool(is_held), *limits)
        for name, paused, in_file, is_held, *limits in rows
    }


def configure(connection: sqlite3.Connection, settings: Sequence[QueueSettings], now: float) -> None:
    """Let queues be as workers.toml says."""
    from native_runtime.queue.drivers import gate  # a worker's first job mostly meets none

    _write(connection, gate.configured(read(connection), settings, now))


def pause(connection: sqlite3.Connection, queue: str) -> None:
    """Let nothing more be claimed."""
    from native_runtime.queue.drivers import gate

    _write(connection, gate.paused(read(connection), queue))


def resume(connection: sqlite3.Connection, queue: str) -> None:
    """Open the queue again."""
    from native_runtime.queue.drivers import gate

    _write(connection, gate.resumed(read(connection), queue))


def hold(connection: sqlite3.Connection, queues: Sequence[str]) -> None:
    """Let nothing be claimed from exactly these."""
    from native_runtime.queue.drivers import gate

    _write(connection, gate.held(read(connection), queues))


def _write(connection: sqlite3.Connection, gates: Gates) -> None:
    connection.execute(SQL["forget_gates"])
    connection.executemany(SQL["put_gate"], [astuple(gate) for gate in gates.values()])


def pass_one(connection: sqlite3.Connection, gate: Gate, now: float) -> Gate | None:
    """The gate after one more job has started; None if none may."""
    return gate.passed(now) if gate.has_room(_running(connection, gate)) else None


def put(connection: sqlite3.Connection, gate: Gate) -> None:
    """Keep what has become of one."""
    connection.execute(SQL["put_gate"], astuple(gate))


def due(connection: sqlite3.Connection, gate: Gate) -> float | None:
    """When the next job of a limited queue may start; None if nobody needs to look."""
    (waiting_at,) = connection.execute(SQL["waiting_at"], {"queue": gate.name}).fetchone()
    return gate.due(running=_running(connection, gate), waiting_at=waiting_at)


def room(connection: sqlite3.Connection, gate: Gate | None, now: float) -> float:
    """How many jobs of a queue may start now; one without a gate is free."""
    return inf if gate is None else gate.room(_running(connection, gate), now)


def _running(connection: sqlite3.Connection, gate: Gate) -> int:
    if gate.concurrency is None:
        return 0
    (running,) = connection.execute(SQL["running"], (gate.name,)).fetchone()
    return int(running)
