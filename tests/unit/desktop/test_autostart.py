"""One entry per app in each system's own place; Linux's is read back as its specification says, Windows's is a fake."""

from __future__ import annotations

import plistlib
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.desktop.autostart import (
    Autostart,
    DesktopEntry,
    Entry,
    LaunchAgent,
    RunValue,
    entry_of,
    launch_command,
)

COMMAND = ("/opt/photo desk/photo-desk", "--minimised")


class FakeValues:
    """A key of the registry, in memory."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.texts.get(name)

    def set(self, name: str, text: str) -> None:
        self.texts[name] = text

    def remove(self, name: str) -> None:
        self.texts.pop(name, None)


def linux(folder: Path) -> Entry:
    return DesktopEntry("Photo Desk", folder / "autostart" / "photo-desk.desktop")


def macos(folder: Path) -> Entry:
    return LaunchAgent("photo-desk", folder / "LaunchAgents")


def windows(_folder: Path) -> Entry:
    return RunValue("Photo Desk", FakeValues())


@pytest.mark.parametrize("make", [linux, macos, windows])
def test_an_app_is_started_at_login_until_it_is_not_wanted_any_more(
    make: Callable[[Path], Entry], tmp_path: Path
) -> None:
    autostart = Autostart("Photo Desk", COMMAND, entry=make(tmp_path))
    seen = [autostart.is_enabled]
    for act in (autostart.enable, autostart.enable, autostart.disable, autostart.disable):
        act()
        seen.append(autostart.is_enabled)
    assert seen == [False, True, True, False, False]


def exec_words(path: Path) -> list[str]:
    """The command of a desktop entry, read as its specification says: escapes first, then quotes, then fields."""
    (line,) = re.findall(r"^Exec=(.*)$", path.read_text("utf-8"), re.MULTILINE)
    quoted = re.findall(r'"((?:[^"\\]|\\.)*)"(?: |$)', line.replace("\\\\", "\\"))
    return [re.sub(r"\\(.)", r"\1", word).replace("%%", "%") for word in quoted]


PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=' "\\$`%'), min_size=1)


@given(command=st.lists(PRINTABLE, min_size=1))
def test_linux_reads_the_command_as_it_was_given(
    tmp_path_factory: pytest.TempPathFactory, command: list[str]
) -> None:
    path = tmp_path_factory.mktemp("entry") / "app.desktop"
    entry = DesktopEntry("App", path)
    entry.enable(command)
    assert exec_words(path) == command
    assert entry.is_enabled


@pytest.mark.parametrize("switch", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_linux_what_the_desktop_has_switched_off_is_off(tmp_path: Path, switch: str) -> None:
    entry = DesktopEntry("Photo Desk", tmp_path / "photo-desk.desktop")
    entry.enable(COMMAND)
    with (tmp_path / "photo-desk.desktop").open("a") as file:
        file.write(switch + "\n")
    assert not entry.is_enabled


@pytest.mark.parametrize("text", ["", "no entry", "[Desktop Entry]\nHidden=perhaps\n", "[Other]\nA=b\n"])
def test_linux_a_file_of_somebody_else_is_no_entry_that_counts(tmp_path: Path, text: str) -> None:
    path = tmp_path / "photo-desk.desktop"
    path.write_text(text)
    assert DesktopEntry("Photo Desk", path).is_enabled is False


def test_linux_a_command_of_two_lines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="of one line"):
        DesktopEntry("Photo Desk", tmp_path / "a.desktop").enable(["/opt/a\nb"])


def test_macos_gets_a_list_that_launchd_can_read(tmp_path: Path) -> None:
    LaunchAgent("photo-desk", tmp_path).enable(COMMAND)
    agent = plistlib.loads((tmp_path / "photo-desk.plist").read_bytes())
    assert agent["Label"] == "photo-desk"
    assert agent["ProgramArguments"] == list(COMMAND)
    assert agent["RunAtLoad"] is True


def test_windows_gets_a_command_line_in_its_own_quotes() -> None:
    values = FakeValues()
    RunValue("Photo Desk", values).enable([r"C:\Program Files\Photo Desk\photo-desk.exe", "--minimised"])
    assert values.texts == {"Photo Desk": r'"C:\Program Files\Photo Desk\photo-desk.exe" --minimised'}


def test_windows_a_command_that_it_would_ignore_is_refused() -> None:
    values = FakeValues()
    with pytest.raises(ValueError, match="at most 260 characters"):
        RunValue("Photo Desk", values).enable(["C:\\" + "x" * 260])
    assert values.texts == {}


@pytest.mark.skipif(sys.platform != "win32", reason="the registry is a part of Windows")
def test_windows_keeps_the_value_in_its_registry() -> None:
    entry = entry_of("Native Runtime Test", platform="win32", environ={}, home=Path())
    try:
        entry.enable(COMMAND)
        assert entry.is_enabled
        line = subprocess.list2cmdline(COMMAND)
        assert isinstance(entry, RunValue)
        assert entry._values.get("Native Runtime Test") == line
    finally:
        entry.disable()
        entry.disable()
    assert not entry.is_enabled


def test_each_system_has_its_place(tmp_path: Path) -> None:
    def place(platform: str, **environ: str) -> Path:
        entry = entry_of("Photo Desk", platform=platform, environ=environ, home=tmp_path)
        assert isinstance(entry, DesktopEntry | LaunchAgent)
        return entry._path.relative_to(tmp_path)

    assert place("linux") == Path(".config/autostart/photo-desk.desktop")
    assert place("linux", XDG_CONFIG_HOME=str(tmp_path / "xdg")) == Path("xdg/autostart/photo-desk.desktop")
    assert place("darwin") == Path("Library/LaunchAgents/photo-desk.plist")


def test_a_packaged_app_starts_as_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/photo-desk/photo-desk")
    monkeypatch.delenv("APPIMAGE", raising=False)
    assert launch_command() == ("/opt/photo-desk/photo-desk",)
    monkeypatch.setenv("APPIMAGE", "/home/me/photo-desk.AppImage")
    assert launch_command() == ("/home/me/photo-desk.AppImage",)


def test_an_app_from_source_starts_as_the_module_that_was_started(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.machinery import ModuleSpec

    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    main.__spec__ = ModuleSpec("photo_desk.__main__", None)
    assert launch_command() == (sys.executable, "-m", "photo_desk")
    main.__spec__ = None
    monkeypatch.setattr(sys, "argv", ["desk.py", "--headless"])
    assert launch_command() == (sys.executable, str(Path.cwd() / "desk.py"))
