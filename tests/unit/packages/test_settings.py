from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from native_runtime.cli.new import new
from native_runtime.packaging import debian, installer, settings
from native_runtime.packaging.errors import SettingsError

ROOT = Path(__file__).parents[3]
APP = """
[tool.briefcase]
bundle = "org.example"
version = "1.2"
license = "MIT"
author = "Ada"
author_email = "ada@example.org"

[tool.briefcase.app.photo-sorter]
formal_name = "Photo Sorter"
description = "Sorts photos"
long_description = '''Drop a folder.

It is sorted.'''

[tool.briefcase.app.photo-sorter.linux]
system_runtime_requires = ["libc6", "libegl1"]

[tool.native-runtime.package]
module = "photo_sorter"
categories = ["Graphics", "Utility"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "briefcase.toml").write_text(APP)
    (tmp_path / "workers.toml").write_text('[runtime]\njobs = ["photo_sorter.jobs"]\n'.replace("\\n", "\n"))
    (tmp_path / "LICENSE").write_text("Do what you like.")
    return tmp_path


def test_an_app_is_what_its_two_files_say(project: Path) -> None:
    app = settings.read(project)
    assert (app.name, app.worker, app.module) == ("photo-sorter", "photo-sorter-worker", "photo_sorter")
    assert app.identifier == "org.example.photo-sorter"
    assert app.maintainer == "Ada <ada@example.org>"
    assert app.jobs == ("photo_sorter.jobs",)
    assert app.icon is None


def test_the_photo_desk_can_be_packaged() -> None:
    app = settings.read(ROOT)
    assert app.jobs == ("app.jobs",)
    assert app.icon is not None


def test_a_new_app_can_be_packaged(tmp_path: Path) -> None:
    folder = tmp_path / "photo-sorter"
    assert CliRunner().invoke(new, [str(folder)]).exit_code == 0
    app = settings.read(folder)
    assert (app.name, app.module, app.jobs) == ("photo-sorter", "photo_sorter", ("photo_sorter.jobs",))
    assert app.license_file.is_file()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'formal_name = "Photo Sorter"',
            "",
            r"\[tool.briefcase.app.photo-sorter\] formal_name: expected text, got None",
        ),
        (
            'module = "photo_sorter"',
            "module = 1",
            r"\[tool.native-runtime.package\] module: expected text, got 1",
        ),
        ('version = "1.2"', "version = ", "expected the settings of an app"),
        ("app.photo-sorter", "no-app.photo-sorter", r"expected one \[tool.briefcase.app.NAME\], got 0"),
        (
            'module = "photo_sorter"',
            'module = "a"\nconfig = "x.toml"',
            "x.toml: expected the workers of the app",
        ),
        (
            "formal_name =",
            'icon = "pictures/icon"\nformal_name =',
            "icon: expected a PNG at .*icon.png, which is not there",
        ),
    ],
)
def test_what_is_missing_is_named_with_its_key(project: Path, old: str, new: str, told: str) -> None:
    (project / "briefcase.toml").write_text(APP.replace(old, new))
    with pytest.raises(SettingsError, match=told):
        settings.read(project)


def test_dpkg_is_told_what_the_settings_say(project: Path) -> None:
    control = debian.control(settings.read(project), "amd64", 2048)
    assert control == (
        "Package: photo-sorter\nVersion: 1.2\nArchitecture: amd64\nMaintainer: Ada <ada@example.org>\n"
        "Installed-Size: 2048\nDepends: libc6, libegl1\nSection: utils\nPriority: optional\n"
        "Description: Sorts photos\n Drop a folder.\n .\n It is sorted.\n"
    )


def test_the_menu_shows_name_and_icon_and_starts_the_command(project: Path) -> None:
    lines = debian.menu_entry(settings.read(project)).splitlines()
    assert lines[0] == "[Desktop Entry]"
    assert {"Name=Photo Sorter", "Exec=photo-sorter", "Icon=photo-sorter", "Terminal=false"} <= set(lines)
    assert "Categories=Graphics;Utility;" in lines


def test_briefcase_finds_its_settings_under_the_one_name_it_reads(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    installer.lay_out(settings.read(ROOT), tmp_path / "stage")
    made = {
        path.relative_to(tmp_path / "stage").as_posix()
        for path in (tmp_path / "stage").rglob("*")
        if path.is_file()
    }
    icons = {f"packaging/photo-desk{suffix}" for suffix in (".png", ".ico", ".icns")}
    assert made == {"pyproject.toml", "LICENSE", "CHANGELOG", *icons}
    assert (tmp_path / "stage" / "pyproject.toml").read_bytes() == (ROOT / "briefcase.toml").read_bytes()
