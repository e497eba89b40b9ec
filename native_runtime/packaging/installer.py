"""Briefcase's part of a build: the built app in an installer of its system, a .dmg or an .msi."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime.packaging.errors import BuildError
from native_runtime.packaging.freeze import needs, run

if TYPE_CHECKING:
    from native_runtime.packaging.settings import Settings

IDENTITY: Final = "SIGNING_IDENTITY"
"""The variable that names who signs; without it the package is signed for this machine only, or not at all."""
_BRIEFCASE: Final = {
    "dmg": ("darwin", ("macOS", "app")),
    "msi": ("win32", ("windows", "app")),
}  # format: the system that makes it, and Briefcase's words for what it wraps


def build(app: Settings, form: str) -> Path:
    """Wrap the built app; returns the installer.

    Raises:
        BuildError: This system cannot make it, or Briefcase failed; its own words are on stderr.
    """
    system, words = _BRIEFCASE[form]
    if sys.platform != system:
        raise BuildError(f"{form}: expected to be built on {system}, got {sys.platform}")
    needs("briefcase")
    stage = app.project / "build" / "briefcase"
    lay_out(app, stage)
    briefcase = [sys.executable, "-m", "briefcase"]
    run([*briefcase, "create", *words, "--no-input"], cwd=stage)
    run([*briefcase, "package", *words, "--no-input", "--packaging-format", form, *_signing()], cwd=stage)
    [made] = (stage / "dist").glob(f"*.{form}")
    return Path(shutil.move(made, app.project / "dist" / made.name))


def lay_out(app: Settings, stage: Path) -> None:
    """Fill the folder in which Briefcase works. It reads its settings from a pyproject.toml and nowhere else."""
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    shutil.copy(app.project / "briefcase.toml", stage / "pyproject.toml")
    shutil.copy(app.license_file, stage)
    changes = app.project / "CHANGELOG.md"
    if changes.is_file():
        shutil.copy(changes, stage / "CHANGELOG")
    if app.icon is not None:
        _write_icons(app.icon, stage / app.icon.relative_to(app.project))


def _write_icons(source: Path, target: Path) -> None:
    """The picture in the forms that the systems want, under the name that briefcase.toml tells."""
    from PIL import Image

    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as picture:
        for suffix in (".icns", ".ico"):
            picture.save(target.with_suffix(suffix))
    shutil.copy(source, target)


def _signing() -> list[str]:
    identity = os.environ.get(IDENTITY)
    return ["--identity", identity] if identity else ["--adhoc-sign"]
