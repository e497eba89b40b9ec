from __future__ import annotations

import re
import sqlite3

from native_runtime.queue.drivers.sqlite.opening import SCHEMA_VERSION
from native_runtime.queue.drivers.sqlite.rows import ALL, CLAIMED
from native_runtime.queue.drivers.sqlite.statements import load_migrations, load_statements, named_statements


def test_statements_are_read_by_name() -> None:
    text = "-- about\n\n-- name: one\n-- why\nSELECT 1;\n\n-- name: two\nSELECT\n2;\n"
    assert named_statements(text) == {"one": "-- why\nSELECT 1", "two": "SELECT\n2"}


def test_the_migrations_lead_to_the_schema_this_version_knows() -> None:
    assert len(load_migrations()) == SCHEMA_VERSION


def test_every_statement_fits_the_schema() -> None:
    connection = sqlite3.connect(":memory:")
    for migration in load_migrations():
        for statement in migration:
            connection.execute(statement)
    for name, statement in load_statements(claimed=CLAIMED, all=ALL).items():
        names = re.findall(r":([a-z_]+)", statement)
        values = dict.fromkeys(names, 1) if names else (1,) * statement.count("?")
        assert connection.execute(f"EXPLAIN {statement}", values).fetchall(), name
    connection.close()
