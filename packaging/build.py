"""Builds the photo desk's packages for this system: `native-runtime build` in this folder, from anywhere.

    packaging/build.py [--format onedir|onefile|deb|app|dmg|msi|all]…

Run it with the Python of an environment that has the project and its `packaging` extra.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from native_runtime.cli.main import main

ROOT: Final = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    sys.exit(main(["build", f"--project={ROOT}", *sys.argv[1:]]))
