"""s6 and runit: one small C program per child, and folders for a configuration. The Debian packages of those names."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.supervisors.daemon import start_daemon
from benchmarks.supervisors.peer import GRACE, find

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.supervisors.peer import Setup

READY_FD: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What differs between the two.

    Attributes:
        daemon: Looks after a folder of services.
        stop: The command that stops the service folder put after it, by force where it can.
        logger: The command that keeps a rotated log in the folder put after it.
        files: Settings of a service, by file name.
        env: Variables for the daemon.
    """

    daemon: str
    stop: tuple[str, ...]
    logger: tuple[str, ...]
    files: Mapping[str, str]
    env: Mapping[str, str]


# Told of readiness, s6 restarts at once a child that lived a second; untold it waits a second after any death.
S6: Final = Kind(
    daemon="s6-svscan",
    stop=("s6-svc", "-wD", "-T", "5000", "-d"),
    logger=("s6-log", "n10", "s16777216"),
    files={"notification-fd": f"{READY_FD}\n", "timeout-kill": f"{GRACE * 1000:.0f}\n"},
    env={"READY_FD": str(READY_FD)},
)
RUNIT: Final = Kind(
    daemon="runsvdir",
    stop=("sv", "-w", f"{GRACE:.0f}", "force-stop"),
    logger=("svlogd",),
    files={},
    env={},
)


class ServiceFolders:
    """Fastest: a child without a shell around it, and no logger where nothing is logged."""

    in_app = False

    def __init__(self, name: str, kind: Kind) -> None:
        self.name = name
        self._kind = kind

    def absent(self) -> str | None:
        """Missing where nobody installed it."""
        return None if find(self._kind.daemon) else f"not installed: apt-get install {self.name}"

    def open(self, setup: Setup) -> ServiceFoldersSession:
        """Write the folders. The daemon is started by `up`: its request is the folder it is started on."""
        return ServiceFoldersSession(self._kind, setup)


class ServiceFoldersSession:
    """A folder of services."""

    def __init__(self, kind: Kind, setup: Setup) -> None:
        self._kind = kind
        self._setup = setup
        self._services = setup.folder / "services"
        self._daemon: subprocess.Popen[bytes] | None = None
        self.logs = setup.folder / "logs"
        self.logs.mkdir(exist_ok=True)
        for name in setup.names:
            _write_service(kind, setup, self._services / name, self.logs / name)

    @property
    def pid(self) -> int:
        """Of the daemon.

        Raises:
            RuntimeError: It was not started.
        """
        if self._daemon is None:
            raise RuntimeError("there is no daemon before up()")
        return self._daemon.pid

    def up(self) -> None:
        """Start the daemon."""
        self._daemon = start_daemon(
            [self._kind.daemon, str(self._services)],
            env={**self._setup.env, **self._kind.env},
            errors=self._setup.folder / "errors",
        )

    def stop(self, name: str) -> None:
        """Stop a service; what the command thinks of its success is of no interest, what is left is counted."""
        subprocess.run([*self._kind.stop, self._services / name], capture_output=True, check=False)

    def close(self) -> None:
        """Reap the daemon."""
        if self._daemon is not None:
            self._daemon.wait()


def _write_service(kind: Kind, setup: Setup, service: Path, logs: Path) -> None:
    service.mkdir(parents=True, exist_ok=True)
    # The program is its own interpreter, which saves a shell; it gets the FIFO as its first argument.
    _write_program(service / "run", f"#!{setup.program} {setup.fifo}\n")
    for name, text in kind.files.items():
        (service / name).write_text(text, "ascii")
    if setup.logged:
        logs.mkdir(exist_ok=True)
        (logs / "config").write_text(
            "s16777216\nn10\n", "ascii"
        )  # svlogd reads it; s6-log is told by arguments
        (service / "log").mkdir(exist_ok=True)
        _write_program(service / "log" / "run", f"#!/bin/sh\nexec {' '.join(kind.logger)} {logs}\n")


def _write_program(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)  # one that runs cannot be written to
    path.write_text(text, "ascii")
    path.chmod(0o755)
