"""The environment of the user's own system, for programs that are no part of a packaged app.

A freezer points library and plug-in paths at the bundle. Handed on, they make `ffmpeg` or a shell load the bundle's
libraries instead of those it was built for.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PRIVATE: Final = "_PYI_"  # by which PyInstaller's programs know their own again
_SAVED: Final = "_ORIG"  # PyInstaller keeps here what a loader's path was before
# Where loaders and toolkits look; other variables may well name a file of the bundle because the app wants them to.
_SEARCHED: Final = (
    "PATH", "LD_", "LIBPATH", "DYLD_", "QT", "QML", "GI_", "GIO_", "GTK_", "GDK_", "GST_", "PANGO_",
    "FONTCONFIG_", "XDG_DATA_DIRS", "TCL_LIBRARY", "TK_LIBRARY", "SSL_CERT_",
)  # fmt: skip


def bundle_folders() -> tuple[str, ...]:
    """Folders that a freezer may have put into the environment; none from source, nor with Briefcase's stubs."""
    home = getattr(sys, "_MEIPASS", None)
    if home is None:
        return ()
    above, name = os.path.split(home)
    return (
        (above,) if name == "Frameworks" else (home,)
    )  # in a bundle of macOS, data lie in its sibling Resources


def users_environment(
    environ: Mapping[str, str], bundle: tuple[str, ...], *, separator: str = os.pathsep
) -> dict[str, str]:
    """`environ` without what a freezer changed.

    Args:
        environ: The environment of a packaged app.
        bundle: As `bundle_folders` tells; if there is none, nothing is changed.
        separator: Between the entries of a path.
    """
    if not bundle:
        return dict(environ)
    return dict(_restored(environ, bundle, separator))


def _restored(
    environ: Mapping[str, str], bundle: tuple[str, ...], separator: str
) -> Iterator[tuple[str, str]]:
    changed = {
        name
        for name, value in environ.items()
        if name.startswith(_SEARCHED)
        and not name.endswith(_SAVED)
        and _entries(value, bundle, separator) is not None
    }
    for name, value in environ.items():
        if name.startswith(_PRIVATE) or (name.endswith(_SAVED) and name.removesuffix(_SAVED) in changed):
            continue
        if name not in changed:
            yield name, value
        elif left := _left(environ.get(name + _SAVED, value), bundle, separator):
            yield name, left


def _left(value: str, bundle: tuple[str, ...], separator: str) -> str:
    entries = _entries(value, bundle, separator)
    return value if entries is None else separator.join(entries)


def _entries(value: str, bundle: tuple[str, ...], separator: str) -> list[str] | None:
    """The entries of a path that lie outside of the bundle; None if all do."""
    entries = value.split(separator)
    outside = [each for each in entries if not _lies_in(each, bundle)]
    return None if len(outside) == len(entries) else outside


def _lies_in(entry: str, bundle: tuple[str, ...]) -> bool:
    return any(entry == folder or entry.startswith((f"{folder}/", f"{folder}\\")) for folder in bundle)
