"""The page of folders says where things lie on each system, as the code and platformdirs have it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from native_runtime.workers.folders import Folders

PAGE = Path(__file__).resolve().parents[2] / "docs" / "folders.md"
APP = "Photo Desk"


def rows(title: str) -> dict[str, list[str]]:
    """The table below a heading: first column without its marks, then the others."""
    section = PAGE.read_text("utf-8").split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return {cells[0].strip("`"): [cell.strip("` ") for cell in cells[1:]] for cells in lines[1:]}


@pytest.mark.parametrize("system", ["Linux", "macOS", "Windows"])
def test_the_data_folder_is_where_the_page_says(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/me" if system == "Linux" else "/Users/me")
    monkeypatch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", r"C:\Users\me\AppData\Local")
    folders = {
        "Linux": Unix(APP, appauthor=False),
        "macOS": MacOS(APP, appauthor=False),
        "Windows": Windows(APP, appauthor=False),
    }
    found = folders[system].user_data_dir
    documented, *_ = rows("The data folder")[system]
    assert documented == (found.replace("/", "\\") if system == "Windows" else found)


def test_every_place_in_the_data_folder_is_on_the_page() -> None:
    folders = Folders(Path("data"))
    there = {folders.store, folders.logs, folders.crashes, folders.run, folders.endpoint}
    documented = rows("What lies in it")
    assert {path.relative_to("data").as_posix() for path in there} <= {
        PurePosixPath(name).as_posix() for name in documented
    }
    assert "runtime.lock" in documented


def test_autostart_entries_are_where_the_page_says() -> None:
    from native_runtime.desktop.autostart import RUN_KEY, DesktopEntry, LaunchAgent, entry_of

    documented = rows("Starting with the session")
    home = Path("/home/me")
    for system, platform in (("Linux", "linux"), ("macOS", "darwin")):
        entry = entry_of(APP, platform=platform, environ={}, home=home)
        assert isinstance(entry, DesktopEntry | LaunchAgent)
        assert documented[system][0] == f"~/{entry._path.relative_to(home).as_posix()}"
    assert documented["Windows"][0] == f"HKEY_CURRENT_USER\\{RUN_KEY}"
