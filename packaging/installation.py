"""Where a built package is tried: in dist/, or in a Debian system in a folder, from which it is gone afterwards."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from native_runtime.packaging import freeze

if TYPE_CHECKING:
    from collections.abc import Iterator

    from native_runtime.packaging.settings import Settings


@contextlib.contextmanager
def installed(app: Settings, form: str, root: Path | None) -> Iterator[tuple[Path, Path]]:
    """A package, ready to be started.

    Args:
        app: What was built.
        form: As which format.
        root: For a .deb a Debian system in a folder; without one it is unpacked somewhere.

    Yields:
        The executable, as a program in its system sees it, and where that system lies.

    Raises:
        AssertionError: There is no package, the system is none, or something of the package is left when it is purged.
    """
    if form == "deb":
        with _unpacked(app) if root is None else _in_system(app, root) as found:
            yield found
        return
    folder, name = freeze.folder(app), f"{app.name}{freeze.SUFFIX}"
    places = {
        "onedir": folder / name,
        "onefile": freeze.single_file(app),
        "app": folder.with_name(f"{app.formal_name}.app") / "Contents" / "MacOS" / name,
    }
    if not places[form].exists():
        raise AssertionError(f"{places[form]} is not there; build it: python3 dev.py build --format {form}")
    yield places[form], Path("/")


@contextlib.contextmanager
def _unpacked(app: Settings) -> Iterator[tuple[Path, Path]]:
    # People call their folders whatever they like.
    with tempfile.TemporaryDirectory(prefix="Größe 2 ") as folder:
        freeze.run(["dpkg-deb", "-x", str(_package(app)), folder])
        yield Path(folder) / "usr" / "bin" / app.name, Path("/")


@contextlib.contextmanager
def _in_system(app: Settings, root: Path) -> Iterator[tuple[Path, Path]]:
    if problem := missing_in(root):
        raise AssertionError(problem)
    package, before = _package(app), _files(root)
    try:
        freeze.run(["dpkg", f"--root={root}", "--install", str(package)])
        yield Path("/usr/bin") / app.name, root
    finally:
        freeze.run(["dpkg", f"--root={root}", "--purge", app.name])
    left = sorted(map(str, _files(root) - before))
    if left:
        raise AssertionError(f"expected nothing to be left of the package, got {', '.join(left[:10])}")


def missing_in(root: Path) -> str:
    """What keeps a program from running in a system in a folder, as a sentence; empty if nothing does."""
    if not (root / "var/lib/dpkg/status").is_file():
        return f"{root}: expected a Debian system, found no var/lib/dpkg/status; make one: debootstrap bookworm {root}"
    there = {
        "/proc": (root / "proc/self").exists(),
        "/dev": (root / "dev/null").is_char_device(),
        "/dev/shm": (root / "dev/shm").is_mount(),  # noqa: S108 - the name of a mount
    }
    missing = [name for name, is_there in there.items() if not is_there]
    if not missing:
        return ""
    commands = " && ".join(f"mount --bind {name} {root}{name}" for name in missing)
    return f"{root}: expected {', '.join(missing)} to be mounted there, without which no app starts; as root: {commands}"


def _package(app: Settings) -> Path:
    package = next((app.project / "dist").glob(f"{app.name}_{app.version}_*.deb"), None)
    if package is None:
        raise AssertionError("there is no package; build it: python3 dev.py build --format deb")
    return package


def _files(root: Path) -> set[Path]:
    """Whatever lies where packages put files."""
    return set(root.glob("usr/**/*")) | set(root.glob("etc/**/*"))
