"""The windows that a new app can have: what is written, what is installed, and what the window loads from a Linux system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolkit:
    """What an app with this window is made of.

    Attributes:
        layers: Folders of the template.
        requirements: Of the app's pyproject.toml.
        parts: A row of its README, without the outer bars.
        libraries: What its .deb depends on.
        leave_out: What the runtime could use in its place, and a package is not to hold.
    """

    layers: tuple[str, ...]
    requirements: tuple[str, ...]
    parts: str
    libraries: tuple[str, ...]
    leave_out: tuple[str, ...] = ()

    def words(self) -> dict[str, str]:
        """What stands in the place of the template's words."""
        return {
            "THE_REQUIREMENTS": _quoted(self.requirements),
            "THE_PARTS": self.parts,
            "THE_LIBRARIES": _quoted(self.libraries),
            "THE_REST": _quoted(self.leave_out),
        }


_X11: Final = ("libc6", "libx11-6", "libfontconfig1", "fonts-dejavu-core | fonts-freefont-ttf")
_QT: Final = (*_X11, "libegl1", "libgl1", "libxkbcommon-x11-0", "libxcb-cursor0")

TOOLKITS: Final = {
    "pywebview": Toolkit(
        layers=("common", "pywebview"),
        requirements=("native-runtime[desktop]>=0.1",),
        parts="`new_app/pages.py`, `new_app/static/` | what the window shows, by pywebview, and what it can ask for; "
        "on Linux without GTK's web engine install `native-runtime[qt]`, too",
        libraries=(*_QT, "libasound2 | libasound2t64"),
    ),
    "qt": Toolkit(
        layers=("common", "widgets", "qt"),
        requirements=("native-runtime[gateway]>=0.1", "PySide6-Essentials>=6.8,<6.12"),
        parts="`new_app/window.py` | the window, of Qt's widgets",
        libraries=_QT,
        leave_out=("webview",),
    ),
    "tk": Toolkit(
        layers=("common", "widgets", "tk"),
        requirements=("native-runtime[gateway]>=0.1",),
        parts="`new_app/window.py` | the window, of Tk's widgets; on Debian Tk is `apt install python3-tk`",
        libraries=_X11,
        leave_out=("webview",),
    ),
}
"""By the word of `new --toolkit`; the first is what an app has of whom nothing else was asked."""


def _quoted(texts: tuple[str, ...]) -> str:
    return ", ".join(f'"{each}"' for each in texts)
