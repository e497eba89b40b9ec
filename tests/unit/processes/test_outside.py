from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.processes.commands import Commands
from native_runtime.processes.outside import bundle_folders, users_environment
from native_runtime.processes.spec import ChildSpec

if TYPE_CHECKING:
    from pathlib import Path

BUNDLE = ("/opt/photo-desk/_internal",)


def users(environ: dict[str, str]) -> dict[str, str]:
    return users_environment(environ, BUNDLE, separator=":")


def test_library_path_of_before_is_restored() -> None:
    environ = {"LD_LIBRARY_PATH": f"{BUNDLE[0]}:/opt/cuda/lib", "LD_LIBRARY_PATH_ORIG": "/opt/cuda/lib"}
    assert users(environ) == {"LD_LIBRARY_PATH": "/opt/cuda/lib"}


def test_library_path_that_was_not_set_before_is_gone() -> None:
    assert users({"LD_LIBRARY_PATH": BUNDLE[0], "HOME": "/home/ada"}) == {"HOME": "/home/ada"}


def test_only_the_entries_of_the_bundle_leave_a_path() -> None:
    environ = {"PATH": f"{BUNDLE[0]}:/usr/bin:{BUNDLE[0]}/bin:/bin", "DYLD_LIBRARY_PATH": f"{BUNDLE[0]}:/x"}
    assert users(environ) == {"PATH": "/usr/bin:/bin", "DYLD_LIBRARY_PATH": "/x"}


def test_plug_ins_of_the_bundle_are_offered_to_nobody_else() -> None:
    environ = {"QT_PLUGIN_PATH": f"{BUNDLE[0]}/PySide6/Qt/plugins", "QML2_IMPORT_PATH": f"{BUNDLE[0]}/qml"}
    assert users(environ) == {}


def test_settings_of_the_user_stay() -> None:
    environ = {
        "QT_SCALE_FACTOR": "2",
        "PATH": "/usr/bin:",
        "LD_PRELOAD_ORIG": "x",
        "APP_DATA": f"{BUNDLE[0]}/data",
    }
    assert users(environ) == environ


def test_a_folder_that_only_begins_like_the_bundle_stays() -> None:
    assert users({"PATH": f"{BUNDLE[0]}-tools:/bin"}) == {"PATH": f"{BUNDLE[0]}-tools:/bin"}


def test_a_windows_bundle_leaves_the_path() -> None:
    environ = {"PATH": r"C:\Desk\_internal;C:\Desk\_internal\bin;C:\Windows"}
    assert users_environment(environ, (r"C:\Desk\_internal",), separator=";") == {"PATH": r"C:\Windows"}


def test_by_what_the_freezer_knows_its_own_is_not_handed_on() -> None:
    assert users({"_PYI_ARCHIVE_FILE": "/opt/photo-desk/photo-desk", "_PYI_PARENT_PROCESS_LEVEL": "1"}) == {}


@given(st.dictionaries(st.sampled_from(["PATH", "LD_LIBRARY_PATH", "HOME", "QT_PLUGIN_PATH"]), st.text()))
def test_from_source_nothing_is_changed(environ: dict[str, str]) -> None:
    assert users_environment(environ, ()) == environ


@given(
    st.dictionaries(
        st.sampled_from(["PATH", "LD_LIBRARY_PATH", "LD_LIBRARY_PATH_ORIG", "HOME"]),
        st.lists(st.sampled_from([*BUNDLE, f"{BUNDLE[0]}/x", "/usr/lib", ""])).map(":".join),
    )
)
def test_restoring_twice_is_restoring_once(environ: dict[str, str]) -> None:
    assert users(users(environ)) == users(environ)


def test_in_a_bundle_of_macos_data_lie_beside_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", "/Applications/Desk.app/Contents/Frameworks", raising=False)
    assert bundle_folders() == ("/Applications/Desk.app/Contents",)


def test_programs_get_the_users_environment_and_workers_the_bundles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    commands = Commands()
    commands.register("queue:work", lambda spec: spec)
    for own in ("queue:work", "runtime:python"):
        assert commands.environment(ChildSpec(name="a", command=(own,)))["LD_LIBRARY_PATH"] == str(tmp_path)
    assert "LD_LIBRARY_PATH" not in commands.environment(ChildSpec(name="a", command=("ffmpeg",)))
