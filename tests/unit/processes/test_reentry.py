from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime import ChildProcess
from native_runtime.processes.guard import guardian_command
from native_runtime.processes.reentry import (
    is_packaged,
    is_runtime_command,
    is_single_file,
    own_interpreter,
)
from native_runtime.testing import FakeProcesses

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bundled_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    app = tmp_path / "photo-desk.exe"
    app.touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(app))
    return app


def test_from_source_our_package_is_run_by_the_same_python() -> None:
    assert not is_packaged()
    assert own_interpreter() == (sys.executable, "-m", "native_runtime")


def test_a_bundle_starts_itself_again(bundled_app: Path) -> None:
    assert is_packaged()
    assert own_interpreter() == (str(bundled_app),)


def test_a_bundle_with_a_lean_executable_starts_that(bundled_app: Path) -> None:
    lean = bundled_app.with_name("photo-desk-worker.exe")
    lean.touch()
    assert own_interpreter() == (str(lean),)


def test_a_single_file_starts_the_lean_executable_it_has_unpacked(
    bundled_app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lean = tmp_path / "_MEI4f2a" / "photo-desk-worker.exe"
    lean.parent.mkdir()
    lean.touch()
    monkeypatch.setattr(sys, "_MEIPASS", str(lean.parent), raising=False)
    assert bundled_app.exists()
    assert own_interpreter() == (str(lean),)
    assert is_single_file()


def test_a_folder_is_no_single_file(bundled_app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(bundled_app.with_name("_internal")), raising=False)
    assert not is_single_file()


@pytest.mark.parametrize(
    "stub", ["/usr/bin/photo-desk", "/Applications/Photo Desk.app/Contents/MacOS/Photo Desk"]
)
def test_a_stub_that_is_no_interpreter_starts_itself_again(
    stub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", stub)
    assert own_interpreter() == (stub,)


@pytest.mark.parametrize("name", ["python", "python3.12", "Python", "pythonw.exe", "pypy3"])
def test_an_interpreter_by_any_of_its_names_is_no_package(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", f"/opt/somewhere/{name}")
    assert not is_packaged()


def test_a_program_that_embeds_python_and_tells_no_name_is_no_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "")
    assert not is_packaged()


def test_python_of_a_bundle_is_the_bundle_itself(bundled_app: Path) -> None:
    assert bundled_app.exists()
    with FakeProcesses().as_current() as processes:
        ChildProcess.python(["-m", "http.server"], "files")
        processes.assert_started("files", ["runtime:python", "-m", "http.server"])


def test_guardian_of_a_bundle_is_the_bundle_itself(bundled_app: Path) -> None:
    assert guardian_command("mark", 7) == (str(bundled_app), "runtime:guardian", "mark", "7")


@pytest.mark.parametrize("word", ["queue:work", "runtime:python", "config:check", "process:list"])
def test_commands_of_the_runtime_are_known(word: str) -> None:
    assert is_runtime_command(word)


@pytest.mark.parametrize(
    "word",
    ["", "--headless", "queue", "queue:", "queue:/x", "C:\\photos", "photo:scan", "http://a/b", "file:x"],
)
def test_what_a_system_hands_to_an_app_is_no_command_of_the_runtime(word: str) -> None:
    assert not is_runtime_command(word)
