"""A store that an earlier version has written is read by this one, with everything that was in it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import asdict, replace

from native_runtime.queue.driver import Ack, JobFilter
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.drivers.sqlite.opening import SCHEMA_VERSION
from native_runtime.queue.drivers.sqlite.statements import load_migrations
from native_runtime.queue.job import Job, NewJob
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

THEN = 1_800_000_000.123_456_7
HEX = "0123456789abcdef0123456789abcdef"  # version 1 named each job

JOBS: dict[int, Job] = {  # by their number
    1: Job(
        new=NewJob(id=HEX, name="app.jobs.plain", available_at=THEN), state=JobState.READY, created_at=THEN
    ),
    2: Job(
        new=NewJob(
            id="thumb:42",
            name="app.jobs.thumb",
            queue="images",
            payload='{"args":{"p":"ä"}}'.encode(),
            priority=-3,
            available_at=THEN + 60.0,
            tries=5,
            backoff=(1.0, 2.5),
            timeout=0.1,
            cause=("event JobFailed → retry it", 'job "ü"'),
            max_exceptions=2,
            retry_until=THEN + 0.1,
            fail_on_timeout=True,
            unique_key="k",
            unique_until=THEN + 9,
            meta='{"on_failure":"ö"}'.encode(),
        ),
        state=JobState.DELAYED,
        created_at=THEN,
        attempts=1,
        exceptions=1,
        token=1_800_000_000_000,
        started_at=THEN,
        worker="default:1@7.1",
        error="E: ä",
        traceback="Traceback",
    ),
    3: Job(
        new=NewJob(id="runs", name="n", available_at=THEN, priority=7),
        state=JobState.RUNNING,
        created_at=THEN,
        attempts=2,
        token=1_800_000_000_005,
        started_at=THEN,
        worker="default:1@7.1",
        progress=0.25,
        progress_note="Viertel",
        cancel_requested=True,
    ),
    5: Job(
        new=NewJob(id="j7", name="n", available_at=THEN),
        state=JobState.SUCCESS,
        created_at=THEN,
        attempts=1,
        token=1_800_000_000_001,
        started_at=THEN,
        finished_at=THEN + 1,
        worker="w",
        result=b'"\xc3\xa4"',
    ),
    **{
        number: Job(
            new=NewJob(id=f"over:{state}", name="n", available_at=THEN),
            state=state,
            created_at=THEN,
            attempts=1,
            token=1,
            finished_at=THEN + number,
            error="E",
        )
        for number, state in enumerate((state for state in JobState if state.is_over), start=7)
    },
    20: Job(
        new=NewJob(id="urgent", name="n", available_at=THEN, priority=9),
        state=JobState.READY,
        created_at=THEN,
    ),
    21: Job(new=NewJob(id="j012", name="n", available_at=THEN), state=JobState.READY, created_at=THEN),
}
RENAMED = {"j7": "j7,1"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store of version 1 with these jobs, and a paused queue."""
    path = tmp_path / "queue.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    for statement in load_migrations()[0]:
        connection.execute(statement)
    for seq, job in JOBS.items():
        row = _row_of_version_1(seq, job)
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))  # noqa: S608 - our own names
    connection.execute("INSERT INTO paused_queues VALUES ('images')")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    return path


def _row_of_version_1(seq: int, job: Job) -> dict[str, Any]:
    new = asdict(job.new)
    row = {
        "seq": seq,
        **new,
        **{name: getattr(job, name) for name in Job.__struct_fields__ if name != "new"},
    }
    row["state"] = job.state.value
    row["backoff"] = None if job.new.backoff is None else "[1.0, 2.5]"
    row["cause"] = '["event JobFailed → retry it", "job \\"ü\\""]' if job.new.cause else None
    row["meta"] = job.new.meta or None
    return row


@pytest.fixture
def driver(path: Path) -> Iterator[SqliteDriver]:
    driver = SqliteDriver(path, owner=True)
    yield driver
    driver.close()


def test_jobs_of_version_1_keep_all_that_is_known_of_them(driver: SqliteDriver) -> None:
    kept = [
        replace(job, new=replace(job.new, id=RENAMED.get(job.id, job.id)))
        for _seq, job in sorted(JOBS.items(), reverse=True)
    ]
    assert driver.select(JobFilter(limit=99)) == kept
    assert [driver.find(job.id) for job in kept] == kept


def tables_of_a_new_store(path: Path) -> set[str]:
    SqliteDriver(path, owner=True).close()
    connection = sqlite3.connect(path)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    connection.close()
    return tables


def test_store_of_version_1_is_of_this_version_once_it_was_opened(path: Path, driver: SqliteDriver) -> None:
    assert driver.set_aside is None
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    connection.close()
    assert tables == tables_of_a_new_store(path.with_name("new.sqlite3"))


def test_jobs_of_version_1_wait_run_and_end_as_they_would_have(driver: SqliteDriver) -> None:
    assert [claim.id for claim in driver.claims_of("default:1@7.1")] == ["runs"]
    assert driver.settle([Ack(job_id="runs", token=1_800_000_000_005)], now=THEN) == [True]
    claims = driver.claim(["images", "default"], worker="w", limit=9, now=THEN + 60)
    assert [claim.id for claim in claims] == ["urgent", HEX, "j012"]
    assert driver.next_due(["images"]) is None
    driver.resume("images")
    assert driver.next_due(["images"]) == THEN + 60
    (late,) = driver.claim(["images"], worker="w", limit=9, now=THEN + 60)
    assert (late.id, late.attempt, late.exceptions) == ("thumb:42", 2, 1)
    assert late.token > 1_800_000_000_000
    assert driver.prune(finished_before=THEN + 1) == 1  # the one that has just ended
    assert driver.prune(finished_before=THEN + 99) == 3


def test_unique_keys_and_chosen_ids_of_version_1_hold_on(driver: SqliteDriver) -> None:
    again = NewJob(name="n", unique_key="k", unique_until=THEN + 20)
    assert [(pushed.id, pushed.is_new) for pushed in driver.push([again], now=THEN)] == [("thumb:42", False)]
    (pushed,) = driver.push([NewJob(id="urgent", name="n")], now=THEN)
    assert not pushed.is_new


def test_new_jobs_are_numbered_behind_those_of_version_1(driver: SqliteDriver) -> None:
    assert driver.push([NewJob(name="n")], now=THEN)[0].id == "j22"


def test_id_of_version_1_that_belongs_to_the_store_now_is_renamed_so_that_nothing_is_mistaken_for_it(
    driver: SqliteDriver,
) -> None:
    assert driver.find("j7") is None  # nor is it the job of this number, whose id was chosen
    renamed = driver.find("j7,1")
    assert renamed is not None
    assert renamed.result == b'"\xc3\xa4"'
    assert driver.forget(JobFilter(ids=("j7,1",))) == 1


def test_tokens_of_version_1_do_not_come_back(driver: SqliteDriver) -> None:
    driver.push([NewJob(id="new", name="n", priority=99)], now=THEN)
    (claim,) = driver.claim(["default"], worker="w", limit=1, now=THEN)
    assert (claim.id, claim.token > 1_800_000_000_005) == ("new", True)
