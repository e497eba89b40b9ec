"""`run_app` with a window of another toolkit."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime import Runtime
from native_runtime.desktop.run import run_app

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    (tmp_path / "workers.toml").write_text('[runtime]\napp = "Sorter"\n')
    return Runtime.from_config(tmp_path / "workers.toml", data_dir=tmp_path / "data")


def test_app_runs_as_long_as_its_window_is_open(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")  # as good as a display
    monkeypatch.delenv("DISPLAY", raising=False)
    seen: list[tuple[bool, bool]] = []

    def window(leaving: threading.Event) -> None:
        on_main_thread = threading.current_thread() is threading.main_thread()
        seen.append((on_main_thread, leaving.is_set()))

    assert run_app(runtime, title="Sorter", window=window)
    assert seen == [(True, False)]


def test_window_is_asked_to_close_when_the_app_is_to_stop(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.delenv("DISPLAY", raising=False)
    asked: list[bool] = []
    run_app(
        runtime,
        title="Sorter",
        window=lambda leaving: asked.append(leaving.wait(60)),
        on_start=lambda leaving: leaving.set(),
    )
    assert asked == [True]


@pytest.mark.skipif("sys.platform != 'linux'", reason="elsewhere there is always a display")
def test_without_a_display_the_window_is_not_opened_and_the_app_goes_on(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    opened: list[threading.Event] = []
    assert run_app(runtime, title="Sorter", window=opened.append, on_start=lambda leaving: leaving.set())
    assert not opened
    assert "Sorter: no window: neither DISPLAY nor WAYLAND_DISPLAY is set" in capsys.readouterr().err
