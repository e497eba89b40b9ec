"""A .deb of the built folder: in /usr/lib, with a command, an entry in the desktop's menu, and an icon."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime.packaging.errors import BuildError
from native_runtime.packaging.freeze import folder, run

if TYPE_CHECKING:
    from native_runtime.packaging.settings import Settings

KILOBYTE: Final = 1024
_PNG_WIDTH: Final = slice(16, 20)  # bytes of a PNG


def build(app: Settings) -> Path:
    """Wrap the built folder; returns the package.

    Raises:
        BuildError: dpkg-deb is missing or failed.
    """
    if shutil.which("dpkg-deb") is None:
        raise BuildError(
            "dpkg-deb: not on this system; get it: apt install dpkg, or build on Debian or Ubuntu"
        )
    root = app.project / "build" / "deb"
    shutil.rmtree(root, ignore_errors=True)
    lay_out(app, root)
    architecture = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()  # noqa: S607 - Debian's own
    write(root / "DEBIAN" / "control", control(app, architecture, _size(root)))
    package = app.project / "dist" / f"{app.name}_{app.version}_{architecture}.deb"
    # Of the compressors it is the one that takes seconds, not minutes, for half a gigabyte.
    run(["dpkg-deb", "-Zzstd", "--root-owner-group", "--build", str(root), str(package)])
    return package


def lay_out(app: Settings, root: Path) -> None:
    """Put the files of the package where they will lie, below `root`."""
    home = Path("usr/lib") / app.name
    (root / home).parent.mkdir(parents=True)
    shutil.copytree(folder(app), root / home, symlinks=True, copy_function=os.link)
    # Qt's web engine makes this folder where it may, so under root; what the package owns is gone with it.
    for resources in (root / home).glob("_internal/*/Qt/resources"):
        (resources / "locales").mkdir(exist_ok=True)
    (root / "usr/bin").mkdir()
    (root / "usr/bin" / app.name).symlink_to(os.path.relpath(home / app.name, "usr/bin"))
    write(root / "usr/share/applications" / f"{app.name}.desktop", menu_entry(app))
    papers = root / "usr/share/doc" / app.name
    write(papers / "copyright", app.license_file.read_text("utf-8"))
    if app.icon is not None:
        width = int.from_bytes(app.icon.read_bytes()[_PNG_WIDTH], "big")
        place = root / "usr/share/icons/hicolor" / f"{width}x{width}" / "apps" / f"{app.name}.png"
        place.parent.mkdir(parents=True)
        shutil.copy(app.icon, place)


def control(app: Settings, architecture: str, kilobytes: int) -> str:
    """What dpkg wants to know."""
    details = "\n".join(f" {line.strip() or '.'}" for line in app.details.splitlines())
    fields = {
        "Package": app.name,
        "Version": app.version,
        "Architecture": architecture,
        "Maintainer": app.maintainer,
        "Installed-Size": str(kilobytes),
        "Depends": ", ".join(app.debian_depends),
        "Section": app.debian_section,
        "Priority": "optional",
        "Homepage": app.url,
        "Description": f"{app.summary}\n{details}".rstrip(),
    }
    return "".join(f"{key}: {value}\n" for key, value in fields.items() if value)


def menu_entry(app: Settings) -> str:
    """The entry in the menu, as freedesktop.org describes it."""
    fields = {
        "Type": "Application",
        "Name": app.formal_name,
        "Comment": app.summary,
        "Exec": app.name,
        "Icon": app.name,
        "Terminal": "false",
        "Categories": "".join(f"{each};" for each in app.categories),
        "StartupWMClass": app.name,
    }
    return "[Desktop Entry]\n" + "".join(f"{key}={value}\n" for key, value in fields.items())


def write(path: Path, text: str) -> None:
    """A file with all folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _size(root: Path) -> int:
    files = (each.lstat().st_size for each in root.rglob("*") if not each.is_dir())
    return sum(files) // KILOBYTE
