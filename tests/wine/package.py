"""Builds the photo desk as a Windows package under Wine and tries it there, without a window: evidence, not proof."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.wine import run as wine  # noqa: E402 - a script's own folder comes first

COPY: Final = wine.CACHE / "project"  # its dist/ is not the one of this system
FILES: Final = ("briefcase.toml", "workers.toml", "LICENSE", "app", "packaging")
TOOLS: Final = ("pyinstaller>=6.10", "pefile", "pywin32-ctypes")
# The embeddable interpreter does not look for modules beside a script.
START: Final = "import runpy, sys; sys.path.insert(0, {folder!r}); sys.argv = {words!r}; runpy.run_path(sys.argv[0], run_name='__main__')"


def main() -> int:
    """Build and try; the first exit code that is not 0, or 0 with a word where Wine is missing."""
    program = shutil.which("wine")
    if program is None:
        print(f"wine: not on this system, so no Windows package is tried; get it: {wine.HOW_TO_GET_WINE}")
        return 0
    wine.prepare(program)
    prepare()
    project = wine.windows_path(COPY)
    if code := wine.run(program, "-m", "native_runtime", "build", "--project", project):
        return code
    return start(program, "smoke.py")


def prepare() -> None:
    """What the package is made with, and a copy of what it is made of."""
    if not wine.PACKAGING.exists():
        extras = tomllib.loads(wine.PROJECT.read_text())["project"]["optional-dependencies"]
        wanted = [
            each for name in ("gateway", "app") for each in extras[name] if "native-runtime" not in each
        ]
        wine.pip_for_windows(wine.PACKAGING, *TOOLS, *wanted)
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir()
    for name in FILES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, COPY / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, COPY)


def start(program: str, script: str) -> int:
    """Run one of the scripts in the copy's packaging/."""
    folder = wine.windows_path(COPY / "packaging")
    return wine.run(program, "-c", START.format(folder=folder, words=[f"{folder}\\{script}"]))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"wine: exit code {error.returncode} of: {error.cmd}")
