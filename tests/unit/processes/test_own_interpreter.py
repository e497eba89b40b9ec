import sys
from pathlib import Path

import pytest

from native_runtime.processes.commands import own_interpreter


@pytest.fixture
def bundled_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    app = tmp_path / "photo-desk.exe"
    app.touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(app))
    return app


def test_from_source_our_package_is_run_by_the_same_python() -> None:
    assert own_interpreter() == (sys.executable, "-m", "native_runtime")


def test_a_bundle_starts_itself_again(bundled_app: Path) -> None:
    assert own_interpreter() == (str(bundled_app),)


def test_a_bundle_with_a_lean_executable_starts_that(bundled_app: Path) -> None:
    lean = bundled_app.with_name("photo-desk-worker.exe")
    lean.touch()
    assert own_interpreter() == (str(lean),)
