"""Builds packages of an app for this system, in its dist/. Run by `python3 dev.py build`.

    packaging/build.py [--project FOLDER] [--format FORMAT]…

Everything about the app comes from the briefcase.toml in its folder.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import debian
import freeze
import installer
import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).resolve().parents[1]
MEGABYTE: Final = 1000 * 1000
FORMATS: Final = {
    "linux": ("onedir", "onefile", "deb"),
    "darwin": ("onedir", "app", "dmg"),
    "win32": ("onedir", "onefile", "msi"),
}
"""By system; the first one is built where none is asked for."""
_FROM_FOLDER: Final = frozenset({"deb", "app", "dmg", "msi"})  # made of the folder, which is built first


def main(words: Sequence[str]) -> int:
    """Build; returns 0, 1 if a tool failed, 2 for a wrong command line or unusable settings."""
    known = FORMATS.get(sys.platform, ("onedir",))
    parser = argparse.ArgumentParser(prog="build", description="Build packages of an app for this system.")
    parser.add_argument("--project", type=Path, default=ROOT, help="the folder with briefcase.toml")
    parser.add_argument("--format", action="append", choices=[*known, "all"], help="repeatable")
    given = parser.parse_args(words)
    wanted = given.format or known[:1]
    try:
        app = settings.read(given.project.resolve())
    except settings.SettingsError as error:
        sys.stderr.write(f"build: {error}\n")
        return 2
    try:
        for package in build(app, known if "all" in wanted else wanted):
            print(f"build: {package.relative_to(app.project)}, {size(package) / MEGABYTE:.0f} MB", flush=True)
    except freeze.BuildError as error:
        sys.stderr.write(f"build: {error}\n")
        return 1
    return 0


def build(app: settings.Settings, formats: Sequence[str]) -> list[Path]:
    """Build these formats; the folder, of which others are made, once.

    Raises:
        BuildError: A tool failed.
    """
    made: dict[str, Path] = {}
    if "onedir" in formats or _FROM_FOLDER & set(formats):
        made["onedir"] = freeze.freeze(app, "onedir")
    for each in formats:
        if each == "onefile":
            made[each] = freeze.freeze(app, each)
        elif each == "app":  # PyInstaller has put it beside the folder
            made[each] = made["onedir"].with_name(f"{app.formal_name}.app")
        elif each == "deb":
            made[each] = debian.build(app)
        elif each != "onedir":
            made[each] = installer.build(app, each)
    return list(made.values())


def size(package: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    files = package.rglob("*") if package.is_dir() else [package]
    return sum(file.stat().st_size for file in files if file.is_file() and not file.is_symlink())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
