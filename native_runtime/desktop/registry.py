"""Named texts in a key of the Windows registry."""

from __future__ import annotations

import contextlib
import sys

assert sys.platform == "win32"  # noqa: S101 - tells type checkers, too

import winreg  # noqa: E402 - only there


class RegistryKey:
    """The values of a key of this user.

    Args:
        path: Of the key, below HKEY_CURRENT_USER.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def get(self, name: str) -> str | None:
        """A value's text, or None if there is none."""
        with (
            contextlib.suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, self._path) as key,
        ):
            return str(winreg.QueryValueEx(key, name)[0])
        return None

    def set(self, name: str, text: str) -> None:
        """Write a value."""
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, self._path) as key:
            winreg.SetValueEx(key, name, 0, winreg.REG_SZ, text)

    def remove(self, name: str) -> None:
        """Delete a value. Harmless twice."""
        access = winreg.KEY_SET_VALUE
        with (
            contextlib.suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, self._path, access=access) as key,
        ):
            winreg.DeleteValue(key, name)
