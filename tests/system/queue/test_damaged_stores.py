"""An app on a store that cannot be used: it says which file, why and what to do, and loses nothing it had confirmed."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from native_runtime import AlreadyRunningError, JobHandle, Runtime, StoreError, connect
from native_runtime.processes.events import ErrorReceived
from native_runtime.queue.drivers.sqlite import connections
from tests.support import chaos_jobs, jobs
from tests.support.processes import wait_until
from tests.support.programs import PROGRAMS
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from native_runtime.events import Event
    from native_runtime.queue.job_function import JobFunction

DEADLINE = 60.0  # seconds
CONFIG = """
    [runtime]
    jobs = ["tests.support.jobs", "tests.support.chaos_jobs"]
    data_dir = "data"

    [workers.default]
    sleep = 0.05
    restart = { delay = 0 }
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(chaos_jobs.EFFECTS, str(tmp_path / "effects"))
    monkeypatch.setenv(chaos_jobs.APP, str(os.getpid()))
    file = tmp_path / "workers.toml"
    file.write_text(dedent(CONFIG))
    return file


@pytest.fixture
def store(config: Path) -> Path:
    """Where the store lies; three jobs wait in it."""
    with connect(config):
        for number in range(3):
            chaos_jobs.trivial.options(id=f"waits:{number}").dispatch(number)
    return config.parent / "data" / "queue.sqlite3"


@pytest.fixture
def make_runtime(config: Path) -> Iterator[Callable[[], Runtime]]:
    made: list[Runtime] = []

    def make() -> Runtime:
        made.append(Runtime.from_config(config, gateway=False))
        return made[-1]

    yield make
    for runtime in made:
        runtime.stop()


@pytest.fixture
def tiny_disk(config: Path) -> Iterator[Path]:
    """The data folder on a disk of its own, of 1 MB."""
    data = config.parent / "data"
    data.mkdir()
    _mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(data))
    yield data
    _unmount(data)


def _mount(*words: str) -> None:
    mount = shutil.which("mount")
    if mount is None or sys.platform != "linux":
        pytest.skip("needs a Linux where file systems can be mounted")
    done = subprocess.run([mount, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"needs the right to mount file systems: {done.stderr.strip()}")


def _unmount(folder: Path) -> None:
    umount = shutil.which("umount")
    assert umount is not None
    subprocess.run([umount, "--lazy", str(folder)], check=True)


def effects(config: Path) -> list[str]:
    """The ids of jobs in the order in which they ran."""
    return [effect.job_id for effect in chaos_jobs.read_effects(config.parent / "effects")]


def fill(folder: Path) -> Path:
    """Write until the disk takes no more."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return ballast


# A full disk


def test_dispatch_onto_a_full_disk_says_so_and_everything_confirmed_is_there(
    config: Path, tiny_disk: Path
) -> None:
    confirmed: list[str] = []

    def dispatch_until_it_is_full() -> None:
        while True:
            confirmed.append(jobs.fails.dispatch("x" * 5000).id)

    with connect(config):
        with pytest.raises(
            StoreError, match=r"queue\.sqlite3: the disk is full .*; free some space"
        ) as caught:
            dispatch_until_it_is_full()
        assert caught.value.where == str(tiny_disk / "queue.sqlite3")
        with pytest.raises(StoreError, match="the disk is full"):
            jobs.fails.dispatch_many([("x" * 5000,)] * 3)
        assert all(JobHandle.find(job_id) is not None for job_id in confirmed)
    with connect(config):
        assert all(JobHandle.find(job_id) is not None for job_id in confirmed)


@pytest.mark.parametrize(
    ("work", "has_begun"),
    [
        (jobs.waits_for_file, lambda handle: handle.progress == 0.5),
        (chaos_jobs.tells_late, lambda handle: handle.status == "running"),
    ],
    ids=["told its progress before", "tells its progress meanwhile"],
)
def test_worker_whose_disk_is_full_keeps_what_it_has_done_until_there_is_space(
    config: Path,
    tiny_disk: Path,
    make_runtime: Callable[[], Runtime],
    work: JobFunction[[Path], int, int],
    has_begun: Callable[[JobHandle[int]], bool],
) -> None:
    runtime = make_runtime()
    runtime.start()
    recorder = Recorder(runtime.bus)
    go = config.parent / "go"
    handle = work.dispatch(go)
    wait_until(lambda: has_begun(handle))
    ballast = fill(tiny_disk)
    go.touch()
    recorder.wait_until(lambda events: any("the disk is full" in line for line in _said(events)))
    assert handle.status == "running"
    ballast.unlink()
    assert handle.result(timeout=DEADLINE) == 1
    assert handle.attempts == 1


def _said(events: list[Event]) -> list[str]:
    return [line for event in events if isinstance(event, ErrorReceived) for line in event.lines]


def test_app_on_a_full_disk_does_not_start_says_why_and_starts_when_there_is_space(
    tiny_disk: Path, make_runtime: Callable[[], Runtime]
) -> None:
    ballast = fill(tiny_disk)
    runtime = make_runtime()
    with pytest.raises(StoreError, match=re.escape(str(tiny_disk))):
        runtime.start()
    ballast.unlink()
    runtime.start()
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3


def test_worker_that_starts_on_a_full_disk_says_so_in_a_line_and_starts_when_there_is_space(
    config: Path, tiny_disk: Path
) -> None:
    with connect(config):
        handle = jobs.add.dispatch(1, 2)
        ballast = fill(tiny_disk)
        failed = _work_once(config)
        assert failed.returncode == 1
        assert re.fullmatch(
            rf"queue:work: {re.escape(str(tiny_disk))}.*\.board: the disk is full .*; free some space.*\n",
            failed.stderr,
        )
        ballast.unlink()
        assert (_work_once(config).returncode, handle.status) == (0, "success")


def _work_once(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "native_runtime", "queue:work", f"--config={config}", "--once"],
        env={**os.environ, "PYTHONPATH": str(PROGRAMS.parents[1])},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


# A folder that cannot be written


def test_store_in_a_read_only_folder_is_refused_and_its_jobs_are_still_there(
    config: Path, store: Path, make_runtime: Callable[[], Runtime]
) -> None:
    data = store.parent
    _mount("--bind", str(data), str(data))
    try:
        _mount("-o", "remount,ro,bind", str(data))
        with pytest.raises(StoreError, match=rf"{re.escape(str(data))}.*writ.*data_dir"):
            make_runtime().start()
        with (
            pytest.raises(StoreError, match=r"this user may not write to the folder; set data_dir"),
            connect(config),
        ):
            chaos_jobs.trivial.dispatch(4)
    finally:
        _unmount(data)
    make_runtime().start()
    wait_until(lambda: len(effects(config)) >= 3)
    assert sorted(effects(config)) == ["waits:0", "waits:1", "waits:2"]


# A lock that another program keeps


def test_lock_that_is_kept_for_a_moment_loses_and_repeats_nothing(
    config: Path, store: Path, make_runtime: Callable[[], Runtime]
) -> None:
    make_runtime().start()
    ids = []
    for round_number in range(3):
        with _locked(store) as other:
            waiting = threading.Thread(
                target=lambda number=round_number: ids.append(chaos_jobs.trivial.dispatch(number).id)
            )
            waiting.start()
            waiting.join(0.3)  # the moment
            assert waiting.is_alive()
            other.execute("ROLLBACK")
        waiting.join(DEADLINE)
        assert len(ids) == round_number + 1
    for job_id in ids:
        handle = JobHandle.find(job_id)
        assert handle is not None
        handle.result(timeout=DEADLINE)
    assert sorted(effects(config)) == sorted(["waits:0", "waits:1", "waits:2", *ids])


def test_lock_that_is_kept_too_long_is_said_to_whoever_dispatches_and_the_app_goes_on(
    store: Path, make_runtime: Callable[[], Runtime], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_runtime().start()
    with _locked(store) as other:
        with monkeypatch.context() as impatient:
            impatient.setattr(connections, "BUSY_TIMEOUT", 0.2)
            with pytest.raises(
                StoreError, match=r"queue\.sqlite3: another program has kept it locked.*; close other"
            ):
                jobs.add.dispatch(1, 2)
        other.execute("ROLLBACK")
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3


def _locked(store: Path) -> sqlite3.Connection:
    """Another program with the file open, in the middle of a write."""
    other = sqlite3.connect(store, timeout=DEADLINE, isolation_level=None, factory=_Closing)
    other.execute("BEGIN IMMEDIATE")
    return other


class _Closing(sqlite3.Connection):
    def __exit__(self, *_error: object) -> None:  # type: ignore[override]
        self.close()


# A file that is not what it should be


def _truncate(store: Path) -> None:
    os.truncate(store, store.stat().st_size // 2 + 100)


def _empty(store: Path) -> None:
    os.truncate(store, 0)


def _fill_with_garbage(store: Path) -> None:
    store.write_bytes(b"not a database at all " * 500)


def _overwrite_the_header(store: Path) -> None:
    store.write_bytes(b"SQLite format 3\0" + b"\xa5" * 84 + store.read_bytes()[100:])


@pytest.mark.parametrize("harm", [_truncate, _empty, _fill_with_garbage, _overwrite_the_header])
def test_app_sets_a_damaged_store_aside_and_works_on_while_others_refuse_it(
    config: Path,
    store: Path,
    make_runtime: Callable[[], Runtime],
    caplog: pytest.LogCaptureFixture,
    harm: Callable[[Path], None],
) -> None:
    harm(store)
    content = store.read_bytes()
    with pytest.raises(StoreError, match=r"queue\.sqlite3: .*damaged.*; restart the app"), connect(config):
        jobs.add.dispatch(0, 0)
    runtime = make_runtime()
    runtime.start()
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3
    (aside,) = store.parent.glob("queue.sqlite3.damaged-*Z")
    assert aside.read_bytes() == content
    assert str(aside) in caplog.text


def test_folder_in_the_place_of_the_store_is_said(config: Path, make_runtime: Callable[[], Runtime]) -> None:
    store = config.parent / "data" / "queue.sqlite3"
    store.mkdir(parents=True)
    with pytest.raises(StoreError, match=r"queue\.sqlite3: ") as caught:
        make_runtime().start()
    assert caught.value.where == str(store)


def test_app_refuses_a_store_of_a_later_version_touches_nothing_and_starts_once_it_is_out_of_the_way(
    store: Path, make_runtime: Callable[[], Runtime]
) -> None:
    with _locked(store) as other:
        other.execute("PRAGMA user_version = 10000")
        other.execute("COMMIT")
    before = store.read_bytes()
    runtime = make_runtime()
    with pytest.raises(StoreError, match=r"queue\.sqlite3: was written by a newer version.*; update the app"):
        runtime.start()
    assert store.read_bytes() == before
    store.rename(store.with_name("later.sqlite3"))
    runtime.start()
    assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3


# Two apps


def test_second_app_on_one_data_folder_is_told_the_pid_of_the_first_and_disturbs_it_not(
    config: Path, store: Path, make_runtime: Callable[[], Runtime]
) -> None:
    environ = {**os.environ, "PYTHONPATH": str(PROGRAMS.parents[1])}
    with subprocess.Popen(
        [sys.executable, str(PROGRAMS / "app_in_chaos.py"), str(config)],
        stdout=subprocess.PIPE,
        env=environ,
        text=True,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "ready\n"
        with pytest.raises(AlreadyRunningError, match=f"{re.escape(str(store.parent))}.*pid {first.pid}"):
            make_runtime().start()
        with connect(config):
            assert jobs.add.dispatch(1, 2).result(timeout=DEADLINE) == 3
        assert first.poll() is None
        first.kill()
    assert sorted(effects(config)) == ["waits:0", "waits:1", "waits:2"]
