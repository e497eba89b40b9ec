"""Everything around a spawn: the argument list, the environment, the log, the ledger, and the crash report."""

from __future__ import annotations

import os
import sys
from itertools import count
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from native_runtime import environment
from native_runtime.processes.crash_report import LAST_LINES, CrashReport, python_traceback, write_report
from native_runtime.processes.descriptors import explained, restore_in
from native_runtime.processes.events import CrashReported
from native_runtime.processes.ledger import Ledger
from native_runtime.processes.log_file import LogFile
from native_runtime.processes.spawner import SpawnOrder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from native_runtime.processes.commands import Commands
    from native_runtime.processes.exit_status import ExitStatus
    from native_runtime.processes.run import Run
    from native_runtime.processes.spawner import Process, Spawner
    from native_runtime.processes.spec import ChildSpec

LONGEST_OWNER: Final = 200  # characters of a data folder's path that are told as they are
_FOR_PYTHON: Final = {"PYTHONUNBUFFERED": "1"}  # else a Python child's output arrives when it ends
if sys.platform == "win32":
    _FOR_PYTHON["PYTHONIOENCODING"] = "utf-8"  # else it comes in the code page of the user's country


class Launcher:
    """Knows where things lie and how a spec becomes a process.

    Args:
        spawner: The operating system.
        commands: The runtime commands.
        run_folder: For the ledger.
        log_folder: For the children's output.
        crash_folder: For crash reports.
        inherited: Variables for every child, beside the app's own.
        owner: As `owner_of` names the data folder: begins the marker that all descendants of all its runs inherit.
    """

    crash_lines: Final = LAST_LINES

    def __init__(
        self,
        *,
        spawner: Spawner,
        commands: Commands,
        run_folder: Path,
        log_folder: Path,
        crash_folder: Path,
        inherited: Mapping[str, str],
        owner: str,
    ) -> None:
        self.ledger = Ledger(run_folder)
        self.owner_marker = f"{owner}."
        self.run_marker = f"{self.owner_marker}{os.urandom(4).hex()}:"
        self._spawner = spawner
        self._commands = commands
        self._run_folder = run_folder
        self._log_folder = log_folder
        self._crash_folder = crash_folder
        self._inherited = dict(inherited)
        self._spawned = count(1)

    def prepare(self, spec: ChildSpec) -> ChildSpec:
        """`spec` completed by its runtime command."""
        return self._commands.prepare(spec)

    def spawn(self, spec: ChildSpec) -> tuple[Process, str]:
        """Start a process for `spec`, and the marker that it and all its descendants bear.

        Raises:
            OSError: It cannot be started.
        """
        if spec.cwd is not None and not spec.cwd.is_dir():
            raise NotADirectoryError(
                f"child {spec.name!r}: cwd: expected a folder, got {spec.cwd}, which is none"
            )
        marker = f"{self.run_marker}{next(self._spawned)}:"
        order = SpawnOrder(
            argv=self._commands.argv(spec),
            cwd=spec.cwd,
            env=self._environment(spec, marker),
            nice=spec.nice,
            control=spec.control,
            outside=not self._commands.is_own(spec),
        )
        try:
            process = self._spawner.spawn(order)
        except OSError as error:
            raise explained(error, spec.name) from None
        restore_in(process.pid)  # never raises: the process is nobody's yet
        return process, marker

    def heartbeat_file(self, name: str) -> Path:
        """What a child touches where its health is a heartbeat."""
        return self._run_folder / f"{file_name(name)}.heartbeat"

    def log_file(self, name: str) -> LogFile:
        """Where a child's output goes."""
        return LogFile(self._log_folder / f"{file_name(name)}.log")

    def report_crash(
        self,
        spec: ChildSpec,
        run: Run,
        status: ExitStatus,
        lines: Sequence[str],
    ) -> CrashReported | None:
        """Write the crash report; the event that tells of it, or None if the disk did not take it."""
        report = CrashReport(
            id=f"{status.at:%Y%m%dT%H%M%S.%f}-{file_name(spec.name)}",
            child=spec.name,
            reason=status.reason,
            exit_code=status.exit_code,
            signal=status.signal,
            detail=status.detail,
            at=status.at.isoformat(),
            pid=run.pid,
            uptime=status.uptime,
            job=run.job,
            output=tuple(lines),
            memory=tuple(run.memory),
            traceback=python_traceback(lines),
        )
        path = write_report(self._crash_folder, report)
        if path is None:
            return None
        return CrashReported(name=spec.name, report=report.id, reason=report.reason, path=str(path))

    def _environment(self, spec: ChildSpec, marker: str) -> dict[str, str]:
        env = {
            **self._commands.environment(spec),
            **_FOR_PYTHON,
            **self._inherited,
            environment.NAME: spec.name,
            environment.MARKER: f"{marker}{spec.name}",
        }
        if spec.health is not None and spec.health.probe.heartbeat:
            env[environment.HEARTBEAT] = str(self.heartbeat_file(spec.name))
        for given, value in spec.env.items():
            # Windows knows a variable by its name in any case; os.environ has capitals there.
            name = given.upper() if sys.platform == "win32" else given
            if value is None:
                env.pop(name, None)
            else:
                env[name] = value
        return env


def owner_of(folder: Path) -> str:
    """Names a data folder in the markers of all its runs: never the beginning of another folder's name.

    So its length comes first. It is the path itself, because hashing would load half a megabyte of OpenSSL into
    each app, except where that is so long that all environments would suffer.
    """
    text = quote(os.fsencode(folder), safe="/")  # ASCII, as the environment of a process is read back
    if len(text) > LONGEST_OWNER:
        import hashlib

        text = hashlib.sha256(text.encode()).hexdigest() + "+"  # no path ends so: quote() would escape it
    return f"{len(text)}={text}"


def file_name(name: str) -> str:
    """`name` as one part of a path on every system: `default:1` becomes `default%3A1`."""
    return quote(name, safe=" -_")
