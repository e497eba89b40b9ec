"""Whether the system starts the app when its user logs in: one entry, in the place that each system has for it."""

from __future__ import annotations

import os
import plistlib
import re
import subprocess
import sys
from configparser import ConfigParser
from configparser import Error as NoDesktopEntry
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from native_runtime.processes.reentry import is_packaged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RUN_KEY: Final = r"Software\Microsoft\Windows\CurrentVersion\Run"  # below HKEY_CURRENT_USER
LONGEST_RUN_VALUE: Final = 260  # characters; Windows ignores a longer one

_SECTION: Final = "Desktop Entry"


class Values(Protocol):
    """Named texts, such as those of a key of the Windows registry."""

    def get(self, name: str) -> str | None: ...  # noqa: D102
    def set(self, name: str, text: str) -> None: ...  # noqa: D102
    def remove(self, name: str) -> None: ...  # noqa: D102


class Entry(Protocol):
    """The place of one system for one app."""

    @property
    def is_enabled(self) -> bool:
        """True if the system will start the app."""
        ...

    def enable(self, command: Sequence[str]) -> None:
        """Have the app started by `command`, at the next login."""
        ...

    def disable(self) -> None:
        """Have it not started. Harmless twice."""
        ...


class Autostart:
    """Lets the app start with its user's session.

    Args:
        app: Its name, as people read it.
        command: What starts it, with the full path of the program; by default this very app as it was started.
        entry: Where that is kept; by default in this system's place.
    """

    def __init__(self, app: str, command: Sequence[str] | None = None, *, entry: Entry | None = None) -> None:
        self._command = tuple(command) if command is not None else launch_command()
        self._entry = entry or entry_of(app, platform=sys.platform, environ=os.environ, home=Path.home())

    @property
    def is_enabled(self) -> bool:
        """True if the system will start the app at the next login."""
        return self._entry.is_enabled

    def enable(self) -> None:
        """Start the app at every login. Call it again when the app has moved: the latest command counts.

        Raises:
            OSError: The system's place cannot be written.
            ValueError: The system cannot keep such a command.
        """
        self._entry.enable(self._command)

    def disable(self) -> None:
        """Start it no more. Harmless twice.

        Raises:
            OSError: The system's place cannot be written.
        """
        self._entry.disable()


def launch_command() -> tuple[str, ...]:
    """How this app was started: the packaged program itself, or its package by this interpreter.

    A package has to be importable from any folder (`pip install`): the session starts it in the user's home.
    """
    if is_packaged():
        return (os.environ.get("APPIMAGE", sys.executable),)
    spec = sys.modules["__main__"].__spec__
    if spec is None:
        return (sys.executable, str(Path(sys.argv[0]).absolute()))
    return (sys.executable, "-m", spec.parent or spec.name)


def entry_of(app: str, *, platform: str, environ: Mapping[str, str], home: Path) -> Entry:
    """The place of a system.

    Args:
        app: The app's name.
        platform: As `sys.platform`.
        environ: The environment.
        home: The user's home folder.
    """
    slug = re.sub(r"\W+", "-", app).strip("-").lower()
    if platform == "win32":
        return RunValue(app, _run_key())
    if platform == "darwin":
        return LaunchAgent(slug, home / "Library" / "LaunchAgents")
    settings = environ.get("XDG_CONFIG_HOME", "")
    return DesktopEntry(
        app, (Path(settings) if settings else home / ".config") / "autostart" / f"{slug}.desktop"
    )


def _run_key() -> Values:
    if sys.platform == "win32":
        from native_runtime.desktop.registry import RegistryKey

        return RegistryKey(RUN_KEY)
    raise NotImplementedError("the registry is a part of Windows")


class DesktopEntry:
    """Linux: a file of the XDG autostart folder.

    Args:
        app: The app's name.
        path: Of the file.
    """

    def __init__(self, app: str, path: Path) -> None:
        self._app = app
        self._path = path

    @property
    def is_enabled(self) -> bool:
        """False also where the desktop's own settings have switched it off."""
        file = ConfigParser(interpolation=None, strict=False)
        try:
            file.read_string(self._path.read_text("utf-8"))
            entry = file[_SECTION]
            is_hidden = entry.getboolean("Hidden", fallback=False)
            return not is_hidden and entry.getboolean("X-GNOME-Autostart-enabled", fallback=True)
        except (OSError, ValueError, KeyError, NoDesktopEntry):  # none, or none of ours
            return False

    def enable(self, command: Sequence[str]) -> None:
        """Write the file."""
        if any("\n" in word for word in (self._app, *command)):
            raise ValueError(f"{self._path}: expected a name and a command of one line, got {command!r}")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = " ".join(_for_exec(word) for word in command)
        text = f"[{_SECTION}]\nType=Application\nName={self._app}\nExec={line}\n"
        self._path.write_text(text, "utf-8")

    def disable(self) -> None:
        """Remove it."""
        self._path.unlink(missing_ok=True)


class LaunchAgent:
    """macOS: a property list that `launchd` reads at login.

    Args:
        label: Names it among all agents of the user.
        folder: Of the user's agents.
    """

    def __init__(self, label: str, folder: Path) -> None:
        self._label = label
        self._path = folder / f"{label}.plist"

    @property
    def is_enabled(self) -> bool:
        """True if the list is there."""
        return self._path.is_file()

    def enable(self, command: Sequence[str]) -> None:
        """Write the list."""
        agent = {
            "Label": self._label,
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "LimitLoadToSessionType": "Aqua",  # where there is a screen
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(plistlib.dumps(agent))

    def disable(self) -> None:
        """Remove it."""
        self._path.unlink(missing_ok=True)


class RunValue:
    """Windows: a value of the user's Run key.

    Args:
        app: Names the value; the Task Manager shows it.
        values: Of the key.
    """

    def __init__(self, app: str, values: Values) -> None:
        self._app = app
        self._values = values

    @property
    def is_enabled(self) -> bool:
        """True if the value is there. That somebody has switched it off in the Task Manager stands elsewhere."""
        return self._values.get(self._app) is not None

    def enable(self, command: Sequence[str]) -> None:
        """Set it."""
        line = subprocess.list2cmdline(command)
        if len(line) > LONGEST_RUN_VALUE:
            raise ValueError(
                f"{self._app}: expected a command of at most {LONGEST_RUN_VALUE} characters, got {len(line)}: {line}; "
                "install the app in a shorter path"
            )
        self._values.set(self._app, line)

    def disable(self) -> None:
        """Remove it."""
        self._values.remove(self._app)


def _for_exec(word: str) -> str:
    """A word as `Exec` of a desktop entry reads it: quoted, then escaped as every text of such a file."""
    quoted = re.sub(r'(["`$\\])', r"\\\1", word)
    return '"' + quoted.replace("\\", "\\\\").replace("%", "%%") + '"'
