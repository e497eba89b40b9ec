"""What only the SQLite store can promise: about its file, other processes, and speed beside many jobs."""

from __future__ import annotations

import errno
import itertools
import os
import re
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime.errors import StoreError
from native_runtime.queue.driver import Ack, JobFilter
from native_runtime.queue.drivers.sqlite import SqliteDriver, connections, opening, steps
from native_runtime.queue.drivers.sqlite.filters import condition
from native_runtime.queue.drivers.sqlite.opening import SCHEMA_VERSION
from native_runtime.queue.failed import FAILURES
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from native_runtime.testing import FakeClock

if TYPE_CHECKING:
    from native_runtime.queue.drivers.sqlite.connections import Durability

CLAIMER = Path(__file__).parents[1] / "programs" / "jobs_claimer.py"


def new(job_id: str, **fields: Any) -> NewJob:
    return NewJob(id=job_id, name="app.jobs.work", **fields)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "queue.sqlite3"


def a_store(path: Path, jobs: int = 3) -> None:
    """Make a store with some jobs, and close it."""
    driver = SqliteDriver(path, owner=True)
    driver.push([new(str(n)) for n in range(jobs)], now=1.0)
    driver.close()


def test_jobs_outlive_the_process_that_stored_them(path: Path) -> None:
    a_store(path)
    driver = SqliteDriver(path)
    assert [claim.id for claim in driver.claim(["default"], worker="w", limit=9, now=1.0)] == ["0", "1", "2"]
    driver.close()


def test_each_job_is_claimed_once_by_many_processes(path: Path) -> None:
    a_store(path, jobs=300)
    command = [sys.executable, str(CLAIMER), str(path)]
    claimers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for claimer in claimers:
        assert claimer.stdout is not None
        assert claimer.stdout.readline() == "ready\n"
    printed = []
    for claimer in claimers:
        assert claimer.stdin is not None
        claimer.stdin.write("\n")
        claimer.stdin.flush()
    for claimer in claimers:
        printed += claimer.communicate(timeout=60)[0].split()
        assert claimer.returncode == 0
    assert sorted(printed, key=int) == [str(n) for n in range(300)]


@pytest.mark.skipif(
    sys.platform == "win32", reason="Wine's file locks stay held there now and then; see docs/windows.md"
)
def test_many_threads_that_open_a_new_file_at_once_agree_on_it(path: Path) -> None:
    path.parent.mkdir()
    start = threading.Barrier(6)
    opened: list[SqliteDriver] = []

    def open_it() -> None:
        start.wait()
        opened.append(SqliteDriver(path))

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 6
    opened[0].push([new("a")], now=1.0)
    assert all(driver.find("a") is not None for driver in opened)
    for driver in opened:
        driver.close()


def test_connections_of_threads_that_ended_are_closed(path: Path) -> None:
    driver = SqliteDriver(path)
    for _ in range(20):
        thread = threading.Thread(target=driver.workers)
        thread.start()
        thread.join()
    assert len(driver._connections._open) <= 2
    driver.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_works_on_a_connection_of_its_own(path: Path) -> None:
    driver = SqliteDriver(path)
    driver.push([new("parent")], now=1.0)
    child = os.fork()
    if child == 0:
        driver.push([new("child")], now=1.0)
        driver.close()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    driver.push([new("after")], now=1.0)
    assert [job.id for job in driver.select(JobFilter())] == ["after", "child", "parent"]
    driver.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_store_that_was_closed_stays_closed_in_a_forked_process(path: Path) -> None:
    driver = SqliteDriver(path)
    driver.close()
    child = os.fork()
    if child == 0:
        try:
            driver.workers()
        except StoreError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_use_after_close_is_an_error_that_says_so_and_opens_nothing(path: Path) -> None:
    driver = SqliteDriver(path)
    driver.close()
    for use in (driver.workers, lambda: driver.push([new("a")], now=1.0)):
        with pytest.raises(StoreError, match=r"queue\.sqlite3: is closed.*start a runtime"):
            use()
    failed: list[StoreError] = []

    def use_it_in_a_new_thread() -> None:
        try:
            driver.workers()
        except StoreError as error:
            failed.append(error)

    thread = threading.Thread(target=use_it_in_a_new_thread)
    thread.start()
    thread.join()
    assert len(failed) == 1
    assert driver._connections._open == []


def test_close_leaves_a_thread_that_is_inside_to_finish_and_to_close_its_own(path: Path) -> None:
    path.parent.mkdir()
    kept = connections.Connections(path)
    is_inside, may_go_on = threading.Event(), threading.Event()
    found: list[object] = []

    def work() -> None:
        with kept.inside() as connection:
            is_inside.set()
            may_go_on.wait(60)
            found.append(connection.execute("SELECT 1").fetchone())
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")
        found.append("closed")

    thread = threading.Thread(target=work)
    thread.start()
    assert is_inside.wait(60)
    with kept.inside() as idle:
        pass
    kept.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        idle.execute("SELECT 1")
    may_go_on.set()
    thread.join(60)
    assert found == [(1,), "closed"]
    assert kept._open == []


def test_closing_while_threads_store_jobs_loses_none_that_was_confirmed(path: Path) -> None:
    for _ in range(5):
        stored, failed = close_while_threads_store(path)
        assert len(failed) == 3
        assert all("is closed" in str(error) for error in failed)
        driver = SqliteDriver(path)
        assert all(driver.find(job_id) is not None for job_id in stored)
        driver.forget(JobFilter(states=(JobState.READY,)))
        driver.close()


def close_while_threads_store(path: Path) -> tuple[list[str], list[StoreError]]:
    """What three threads stored until the store was closed under them, and how they ended."""
    driver = SqliteDriver(path)
    stored: list[str] = []
    failed: list[StoreError] = []
    has_begun = threading.Barrier(4)

    def store(name: str) -> None:
        has_begun.wait(60)
        try:
            stored.extend(driver.push([new(f"{name}.{n}")], now=1.0)[0].id for n in itertools.count())
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=store, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    has_begun.wait(60)
    while not stored:
        driver.workers()
    driver.close()
    for thread in threads:
        thread.join(60)
    assert driver._connections._open == []
    return stored, failed


# Many jobs that come due at once


def test_many_jobs_that_are_due_are_made_ready_in_short_steps_and_claimed_in_their_order(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed: list[int] = []
    make_ready = steps.make_ready

    def counted(connection: sqlite3.Connection, queue: str, now: float) -> bool:
        before = connection.total_changes
        is_done = make_ready(connection, queue, now)
        changed.append(connection.total_changes - before)
        return is_done

    monkeypatch.setattr(steps, "MOST_DUE", 10)
    monkeypatch.setattr(steps, "make_ready", counted)
    driver = SqliteDriver(path)
    later = [new(f"later-{number}", available_at=2.0 + number, priority=number // 2) for number in range(55)]
    driver.push([*later, new("first", priority=1000)], now=1.0)
    (first,) = driver.claim(["default"], worker="w", limit=1, now=1.5)
    done = [Ack(job_id=first.id, token=first.token)]
    settled, claims = driver.exchange(done, ["default"], worker="w", limit=3, now=99.0)
    assert (first.id, settled) == ("first", [True])
    assert [claim.id for claim in claims] == ["later-54", "later-52", "later-53"]
    assert max(changed) == 10
    assert driver.counts(now=99.0)[0].delayed == 0
    driver.close()


def test_jobs_of_a_higher_queue_are_claimed_while_many_of_a_lower_one_come_due(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_DUE", 10)
    driver = SqliteDriver(path)
    driver.push([new(f"low-{number}", queue="low", available_at=2.0) for number in range(25)], now=1.0)
    driver.push([new("high", queue="high")], now=1.0)
    assert [each.id for each in driver.claim(["high", "low"], worker="w", limit=5, now=3.0)] == ["high"]
    assert [each.id for each in driver.claim(["high", "low"], worker="w", limit=2, now=3.0)] == [
        "low-0",
        "low-1",
    ]
    driver.close()


# A file that is not as it should be


@pytest.mark.parametrize(
    "content",
    [b"", b"this is no database, whatever its name says " * 40, b"SQLite format 3\x00" + bytes(4080)],
)
def test_the_owner_sets_a_damaged_file_aside_and_says_so(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    driver = SqliteDriver(path, owner=True, clock=FakeClock())
    assert driver.set_aside == path.with_name("queue.sqlite3.damaged-20260101T120000Z")
    assert driver.set_aside.read_bytes() == content
    assert "set aside" in caplog.text
    driver.push([new("a")], now=1.0)
    driver.close()


def test_damage_inside_the_file_is_found_after_an_unclean_end(path: Path) -> None:
    a_store(path, jobs=2000)
    damaged = bytearray(path.read_bytes())
    damaged[8192:16384] = b"\xa5" * 8192
    path.write_bytes(damaged)
    path.with_name("queue.sqlite3-wal").write_bytes(b"left behind")
    driver = SqliteDriver(path, owner=True, clock=FakeClock())
    assert driver.set_aside is not None
    assert driver.set_aside.read_bytes() == damaged
    assert driver.count(JobFilter()) == 0
    driver.close()


def test_a_second_damaged_file_of_the_same_second_does_not_replace_the_first(path: Path) -> None:
    path.parent.mkdir()
    for content in (b"first" * 40, b"second" * 40):
        path.write_bytes(content)
        SqliteDriver(path, owner=True, clock=FakeClock()).close()
        path.unlink()
    assert sorted(each.read_bytes()[:5] for each in path.parent.glob("*damaged*")) == [b"first", b"secon"]


def test_who_does_not_own_the_folder_refuses_a_damaged_file_and_leaves_it(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database" * 40)
    with pytest.raises(StoreError, match="is damaged"):
        SqliteDriver(path)
    assert path.read_bytes() == b"no database" * 40


def test_a_write_ahead_log_is_set_aside_with_the_file_that_lost_its_content(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    path.with_name("queue.sqlite3-wal").write_bytes(b"what is left")
    driver = SqliteDriver(path, owner=True, clock=FakeClock())
    assert driver.set_aside is not None
    assert driver.set_aside.with_name(f"{driver.set_aside.name}-wal").read_bytes() == b"what is left"
    driver.close()


def test_who_does_not_own_the_folder_refuses_an_empty_file_and_leaves_it(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with pytest.raises(StoreError, match=r"is damaged: it is empty \(0 bytes\).*restart the app"):
        SqliteDriver(path)
    assert path.read_bytes() == b""


def test_a_new_store_is_never_seen_empty_and_leaves_no_draft(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    put = opening._put

    def look(draft: Path, target: Path) -> None:
        assert not target.exists()
        put(draft, target)
        seen.append(target.stat().st_size)

    monkeypatch.setattr(opening, "_put", look)
    a_store(path)
    assert [size > 0 for size in seen] == [True]
    assert [each.name for each in path.parent.iterdir()] == ["queue.sqlite3"]


def test_a_new_store_is_made_in_place_where_files_cannot_be_linked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_draft: Path, _target: Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(opening, "_put", refuse)
    a_store(path)
    assert [each.name for each in path.parent.iterdir()] == ["queue.sqlite3"]


def test_a_store_that_could_not_be_made_leaves_nothing_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "load_migrations", lambda: [["NO SQL AT ALL"]])
    with pytest.raises(StoreError):
        SqliteDriver(path, owner=True)
    assert list(path.parent.iterdir()) == []


def test_a_sound_file_is_not_set_aside(path: Path) -> None:
    a_store(path)
    driver = SqliteDriver(path, owner=True)
    assert driver.set_aside is None
    driver.close()


def test_a_file_of_a_later_version_is_refused_and_left_as_it_is(path: Path) -> None:
    a_store(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer version"):
        SqliteDriver(path, owner=True)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["queue.sqlite3"]


def test_a_migration_that_fails_half_way_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "load_migrations", lambda: [["CREATE TABLE jobs (id)", "NO SQL AT ALL"]])
    with pytest.raises(StoreError):
        SqliteDriver(path)
    monkeypatch.undo()
    a_store(path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="writable"):
        SqliteDriver(tmp_path / "file" / "queue.sqlite3", owner=True)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that even root cannot write to")
def test_a_read_only_folder_is_said() -> None:
    with pytest.raises(StoreError, match="writable"):
        SqliteDriver(Path("/proc/self/queue.sqlite3"), owner=True)


def test_a_lock_that_somebody_keeps_ends_in_an_error_that_says_what_to_do(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT", 0.05)
    driver = SqliteDriver(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="close other programs"):
        driver.push([new("a")], now=1.0)
    other.execute("ROLLBACK")
    other.close()
    driver.push([new("a")], now=1.0)
    driver.close()


def test_the_wait_for_a_lock_ends_though_the_clock_stands_still(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_TIMEOUT", 0.05)
    driver = SqliteDriver(path, clock=FakeClock())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="close other programs"):
        driver.push([new("a")], now=1.0)
    other.close()
    driver.close()


def test_confirmed_jobs_outlive_processes_or_a_power_cut_as_asked(path: Path) -> None:
    synchronous: dict[str, int] = {}
    levels: tuple[Durability, ...] = ("app", "power")
    for durability in levels:
        driver = SqliteDriver(path, durability=durability)
        with driver._connections.inside() as connection:
            (synchronous[durability],) = connection.execute("PRAGMA synchronous").fetchone()
        driver.close()
    assert synchronous == {"app": 1, "power": 2}  # NORMAL, FULL


# Speed: no statement that workers or the panel repeat may read all jobs


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("claim", "COVERING INDEX jobs_lane (state=? AND queue=?)"),
        ("promote", "jobs_lane (state=? AND queue=? AND rank<?)"),
        ("next_due", "COVERING INDEX jobs_lane (state=? AND queue=?)"),
        ("claims_of", "jobs_lane (state=?)"),
        ("workers", "jobs_lane (state=?)"),
        ("prune", "jobs_lane (state=? AND queue=? AND rank<?)"),
        ("queues_of", "COVERING INDEX jobs_lane (state=? AND queue>?)"),
        ("counts", "COVERING INDEX jobs_lane (state=?)"),
        ("unique", "jobs_unique (unique_key=?)"),
        ("chosen", "COVERING INDEX jobs_id (id=?)"),
        ("given", "PRIMARY KEY (rowid=?)"),
        ("ack", "PRIMARY KEY (rowid=?)"),
        ("release", "PRIMARY KEY (rowid=?)"),
        ("finish", "PRIMARY KEY (rowid=?)"),
        ("find", "PRIMARY KEY (rowid=?)"),
    ],
)
def test_a_statement_uses_its_index_and_sorts_nothing(path: Path, statement: str, index: str) -> None:
    a_store(path)
    plan = plan_of(path, steps.SQL[statement])
    assert index in plan
    assert "SCAN jobs" not in plan
    assert ("TEMP B-TREE" in plan) == (statement in {"workers", "claims_of"})  # jobs that run are few


@pytest.mark.parametrize(
    ("which", "index"),
    [
        (JobFilter(states=FAILURES), "COVERING INDEX jobs_lane (state=?)"),
        (JobFilter(states=FAILURES, queue="q"), "COVERING INDEX jobs_lane (state=? AND queue=?)"),
        (JobFilter(ids=("j1", "chosen")), "jobs_id (id=?)"),
    ],
)
def test_listing_jobs_uses_their_index(path: Path, which: JobFilter, index: str) -> None:
    a_store(path)
    where, _values = condition(which)
    plan = plan_of(path, f"SELECT seq FROM jobs WHERE {where} ORDER BY seq DESC LIMIT ? OFFSET ?")  # noqa: S608 - our own text
    assert index in plan
    assert "SCAN jobs" not in plan


def test_claim_beside_many_jobs_takes_as_many_steps_as_beside_few(path: Path) -> None:
    few, many = (steps_of_a_claim(path.with_name(f"{jobs}.sqlite3"), jobs) for jobs in (10, 5000))
    assert many < 2 * few


def steps_of_a_claim(path: Path, jobs: int) -> int:
    """How many instructions SQLite takes to claim one of the jobs, beside as many that are delayed and over."""
    driver = SqliteDriver(path)
    driver.push([NewJob(name="n") for _ in range(2 * jobs)], now=1.0)
    driver.push([NewJob(name="n", available_at=9.0) for _ in range(jobs)], now=1.0)
    claims = driver.claim(["default"], worker="w", limit=jobs, now=1.0)
    driver.settle([Ack(job_id=claim.id, token=claim.token) for claim in claims], now=1.0)
    taken = [0]

    def count() -> None:
        taken[0] += 1

    with driver._connections.inside() as connection:
        connection.set_progress_handler(count, 1)
        assert len(driver.claim(["default"], worker="w", limit=1, now=1.0)) == 1
        assert driver.next_due(["default"]) == 9.0
    driver.close()
    return taken[0]


def plan_of(path: Path, sql: str) -> str:
    """How SQLite would run a statement."""
    connection = sqlite3.connect(path)
    names = re.findall(r":([a-z_]+)", sql)
    values = dict.fromkeys(names, 1) if names else (1,) * sql.count("?")
    plan = str(connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())
    connection.close()
    return plan
