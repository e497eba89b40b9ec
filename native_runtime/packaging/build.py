"""The formats that each system has, and one build of several of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from native_runtime.packaging import debian, freeze, installer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from native_runtime.packaging.settings import Settings

FORMATS: Final = {
    "linux": ("onedir", "onefile", "deb"),
    "darwin": ("onedir", "app", "dmg"),
    "win32": ("onedir", "onefile", "msi"),
}
"""By system; the first one is built where none is asked for."""
_FROM_FOLDER: Final = frozenset({"deb", "app", "dmg", "msi"})  # made of the folder, which is built first


def formats_here() -> tuple[str, ...]:
    """What can be built on this system."""
    return FORMATS.get(sys.platform, ("onedir",))


def build(app: Settings, formats: Sequence[str]) -> list[Path]:
    """Build these formats; the folder, of which others are made, once.

    Raises:
        BuildError: A tool is missing or failed.
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
