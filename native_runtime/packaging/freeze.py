"""PyInstaller's part of a build: one folder, or one file, that runs without Python."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime.packaging.errors import BuildError

if TYPE_CHECKING:
    from native_runtime.packaging.settings import Settings

SPEC: Final = Path(__file__).with_name("app.spec")
SUFFIX: Final = ".exe" if sys.platform == "win32" else ""


def folder(app: Settings) -> Path:
    """Where the build of one folder lies; on macOS the bundle lies beside it."""
    return app.project / "dist" / app.name


def single_file(app: Settings) -> Path:
    """Where the build of one file lies."""
    return app.project / "dist" / "onefile" / f"{app.name}{SUFFIX}"


def freeze(app: Settings, form: str) -> Path:
    """Build `onedir` or `onefile`; returns the folder or the file.

    Raises:
        BuildError: PyInstaller is missing or failed; its own words are on stderr.
    """
    needs("PyInstaller")
    result = folder(app) if form == "onedir" else single_file(app)
    work = app.project / "build" / form
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level=WARN"]
    places = [f"--distpath={result.parent}", f"--workpath={work}"]
    # From its folder, so that the app is found there where it is not installed.
    run([*command, *places, str(SPEC), "--", str(app.project), form], cwd=app.project)
    if form == "onedir":
        shutil.copy(app.license_file, result)
    return result


def needs(module: str) -> None:
    """Look for a tool that is a Python package.

    Raises:
        BuildError: It is not installed.
    """
    if importlib.util.find_spec(module) is None:
        raise BuildError(
            f"{module} is not installed beside {sys.executable}; get it: pip install 'native-runtime[packaging]'"
        )


def run(command: list[str], cwd: Path | None = None) -> None:
    """Run a tool.

    Raises:
        BuildError: It failed.
    """
    code = subprocess.run(command, cwd=cwd, check=False).returncode
    if code:
        raise BuildError(f"{' '.join(command)}: expected exit code 0, got {code}")
