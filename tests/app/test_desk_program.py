"""The photo desk as a person starts it: real processes, real photos, small ones."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from app.jobs import thumbnail_of
from app.library import Catalogue
from app.photo import Progress
from app.sample_photos import Samples, make_samples
from tests.support.desk_program import PATIENCE, ROOT, DeskProgram, wait_for


def test_folder_is_imported_and_the_program_leaves_when_done(tmp_path: Path, samples: Samples) -> None:
    folder = samples.good[0].parent

    with DeskProgram(tmp_path / "data", "--headless", "--import", str(folder), "--exit-when-done") as desk:
        assert desk.wait() == 0

    catalogue = Catalogue(desk.data)
    assert catalogue.progress() == Progress(total=12, done=9, failed=3)
    assert [Path(failure.path).name for failure in catalogue.failures()] == [
        "cut off 1.jpg",
        "empty.jpg",
        "notes.jpg",
    ]
    photos = catalogue.changed_since(0, limit=99)
    assert {Path(photo.path) for photo in photos} == set(samples.good)
    assert all(thumbnail_of(desk.data, photo.id).is_file() for photo in photos)
    assert all(photo.place for photo in photos if photo.latitude is not None)
    catalogue.close()


def test_import_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    count = 30
    folder = tmp_path / "photos"
    make_samples(folder, count=count, megapixels=2)
    data = tmp_path / "data"

    # Or everything could be read before the kill: now each worker reads one photo and rests.
    resting = {"NATIVE_RUNTIME_WORKERS__IMAGES__REST": "600"}
    with DeskProgram(data, "--headless", "--import", str(folder), env=resting) as desk:
        catalogue = Catalogue(data)
        wait_for(lambda: catalogue.progress().done > 0, "the first photo is read")
        desk.process.kill()
        desk.wait()
    assert catalogue.open_wants(), "everything was read before the kill: nothing left to show"

    with DeskProgram(data, "--headless", "--exit-when-done") as desk:
        assert desk.wait() == 0
    progress = catalogue.progress()
    assert (progress.total, progress.done + progress.failed) == (count, count)
    catalogue.close()


def test_failed_photo_is_read_after_it_was_repaired_and_retried(tmp_path: Path, samples: Samples) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "holiday.jpg").touch()

    with DeskProgram(tmp_path / "data", "--headless", "--import", str(folder)) as desk:
        wait_for(lambda: desk.ask("/desk/progress")["failures"], "the empty file is refused")
        (failure,) = desk.ask("/desk/progress")["failures"]
        assert failure["message"] == "holiday.jpg: the file is empty"

        shutil.copyfile(samples.good[0], folder / "holiday.jpg")
        desk.ask(f"/api/jobs/{failure['id']}/retry", {})

        wait_for(lambda: desk.ask("/desk/photos")["photos"], "the repaired file is read")
        assert desk.ask("/desk/progress")["failures"] == []
        assert desk.leave() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_program_cleanly_and_leaves_nobody(tmp_path: Path, number: signal.Signals) -> None:
    with DeskProgram(tmp_path / "data", "--headless") as desk:
        wait_for(
            lambda: [child["pid"] for child in desk.ask("/api/status")["children"] if child["pid"]],
            "workers are there",
        )
        family = psutil.Process(desk.process.pid).children(recursive=True)

        assert desk.leave(number) == 0

        wait_for(lambda: not any(member.is_running() for member in family), "all children are gone")


def test_stop_asked_over_the_gateway_ends_the_program(tmp_path: Path) -> None:
    with DeskProgram(tmp_path / "data", "--headless") as desk:
        desk.ask("/api/runtime/stop", {})

        assert desk.wait() == 0


def test_without_a_display_it_says_so_and_goes_on_headless(tmp_path: Path) -> None:
    with DeskProgram(tmp_path / "data") as desk:
        wait_for(desk.errors.read_text, "a word about the window")
        assert desk.ask("/desk/progress")["total"] == 0

        assert desk.leave() == 0
    if sys.platform == "linux":
        (line,) = desk.errors.read_text().splitlines()
        assert line.startswith("Photo Desk: no window: ")
        assert "--headless" in line or "install" in line


def test_second_desk_on_the_same_data_says_who_is_there(tmp_path: Path) -> None:
    with DeskProgram(tmp_path / "data", "--headless") as desk:
        second = subprocess.run(
            [sys.executable, "-m", "app", "--headless"],
            cwd=ROOT,
            env=os.environ | {"NATIVE_RUNTIME_DATA_DIR": str(desk.data)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

        assert second.returncode == 1
        assert f"pid {desk.process.pid}" in second.stderr
        assert desk.leave() == 0


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["--exit-when-done"], 2, "--exit-when-done needs --headless"),
        (["--headless", "-c", "no-such.toml"], 1, "no-such.toml"),
        (["--headless", "--import", "/no such folder"], 1, "there is no such folder"),
    ],
)
def test_impossible_start_is_refused_with_a_reason(
    tmp_path: Path, words: list[str], code: int, problem: str
) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT,
        env=os.environ | {"NATIVE_RUNTIME_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert run.returncode == code
    assert problem in run.stderr
    assert "Traceback" not in run.stderr


def test_app_that_is_entered_as_a_worker_imports_nothing_of_its_window() -> None:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "app", "queue:work", "--no-such-flag"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert run.returncode == 2
    assert "--no-such-flag" in run.stderr
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert "native_runtime.queue.work_command" in imported
    assert imported.isdisjoint({"app.program", "starlette", "PIL", "webview", "native_runtime.runtime"})
