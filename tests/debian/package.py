"""Installs the photo desk's .deb in a Debian system of its own, tries it there with and without a display, and purges it.

The system lies in `.dev/debian`, is made by debootstrap at the first run, and holds what the package depends on, no more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime.packaging import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).resolve().parents[2]
SYSTEM: Final = ROOT / ".dev" / "debian"
STAMP: Final = SYSTEM.with_name("debian.stamp")
SUITE: Final = "bookworm"
MOUNTS: Final = ("/proc", "/dev", "/dev/shm")  # noqa: S108 - no file is made there
INSIDE: Final = "--inside"  # once more, where mounts are seen by nobody else and vanish with the program
PRIVATE: Final = ("unshare", "--mount", "--propagation=private")
SMOKE: Final = (sys.executable, str(ROOT / "packaging" / "smoke.py"), "--format=deb", f"--root={SYSTEM}")


def main(words: Sequence[str]) -> int:
    """Try the package; the first exit code that is not 0, or 0 with a word where this system cannot."""
    if INSIDE in words:
        mount()
        return subprocess.run(SMOKE, check=False).returncode
    if missing := missing_here():
        print(f"debian: {missing}; so the .deb was tried unpacked, and is not installed anywhere")
        return 0
    prepare()
    return subprocess.run([*PRIVATE, sys.executable, __file__, INSIDE], check=False).returncode


def missing_here() -> str:
    """Why no system in a folder can be used here; empty if one can."""
    if os.geteuid() != 0:
        return "only root may change root"
    if not SYSTEM.exists() and shutil.which("debootstrap") is None:
        return "debootstrap is not on this system; get it: apt install debootstrap"
    if subprocess.run([*PRIVATE, "true"], capture_output=True, check=False).returncode != 0:
        return "nothing may be mounted here, as in most containers"
    return ""


def prepare() -> None:
    """Make the system, unless it is there and holds what the package depends on today."""
    needed = settings.read(ROOT).debian_depends
    wanted = f"{SUITE}: {', '.join(needed)}"
    if SYSTEM.exists() and STAMP.exists() and STAMP.read_text("utf-8") == wanted:
        return
    print(f"debian: preparing {SYSTEM.relative_to(ROOT)}", flush=True)
    shutil.rmtree(SYSTEM, ignore_errors=True)
    SYSTEM.parent.mkdir(exist_ok=True)
    packages = ",".join(each.partition("|")[0].strip() for each in needed)
    command = ["debootstrap", "--variant=minbase", f"--include={packages}", SUITE, str(SYSTEM)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    STAMP.write_text(wanted, "utf-8")


def mount() -> None:
    """Give the system what only the kernel has."""
    for each in MOUNTS:
        subprocess.run(["mount", "--bind", each, f"{SYSTEM}{each}"], check=True)  # noqa: S607 - the system's own


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"debian: exit code {error.returncode} of: {error.cmd}")
