"""Lays out a folder from which Briefcase makes an installer of the packaged app: settings, licence, and the app's tree."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
APP: Final = ROOT / "dist" / "photo-desk"
NAME: Final = "photo-desk"


def main(arguments: list[str]) -> int:
    """Fill the folder that is named; returns 0, 1 if the app is not built, 2 for a wrong command line."""
    if len(arguments) != 1:
        sys.stderr.write("usage: packaging/stage.py FOLDER\n")
        return 2
    if not APP.exists():
        sys.stderr.write(f"stage: {APP} is not there; build it: python3 dev.py build\n")
        return 1
    stage(Path(arguments[0]).absolute())
    return 0


def stage(folder: Path) -> None:
    """Write into `folder`, which must not exist.

    Raises:
        FileExistsError: It does.
    """
    folder.mkdir(parents=True)
    # Briefcase reads no other name.
    shutil.copy(ROOT / "briefcase.toml", folder / "pyproject.toml")
    for name in ("LICENSE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder)
    (folder / "CHANGELOG.md").rename(folder / "CHANGELOG")  # the name that a Debian package asks for
    libraries, programs = folder / "tree" / "usr" / "lib", folder / "tree" / "usr" / "bin"
    shutil.copytree(APP, libraries / NAME, symlinks=True)
    programs.mkdir()
    (programs / NAME).symlink_to(os.path.relpath(libraries / NAME / NAME, programs))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
