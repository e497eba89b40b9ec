"""Builds the photo desk for this system: one folder with two executables, in dist/. Run by `python3 dev.py build`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
SPEC: Final = ROOT / "packaging" / "photo-desk.spec"
FOLDER: Final = ROOT / "dist" / "photo-desk"
MEGABYTE: Final = 1024 * 1024


def main() -> int:
    """Build; returns PyInstaller's exit code."""
    if sys.platform != "linux":
        print(f"build: so far only tried on Linux; on {sys.platform} this may need work")
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level=WARN"]
    folders = [f"--distpath={FOLDER.parent}", f"--workpath={ROOT / 'build'}"]
    code = subprocess.run([*command, *folders, str(SPEC)], cwd=ROOT, check=False).returncode
    if code == 0:
        shutil.copy(ROOT / "LICENSE", FOLDER)
        size = sum(file.stat().st_size for file in FOLDER.rglob("*") if not file.is_symlink())
        print(f"build: {FOLDER.relative_to(ROOT)}, {size // MEGABYTE} MB")
    return code


if __name__ == "__main__":
    sys.exit(main())
