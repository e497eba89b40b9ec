"""`ChildProcess`: start, find and end children of the current runtime, from any thread."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from native_runtime.current import Slot
from native_runtime.errors import shorten
from native_runtime.processes.launcher import file_name
from native_runtime.processes.limits import MEGABYTE
from native_runtime.processes.readiness import read_health, read_ready
from native_runtime.processes.reentry import PYTHON, is_packaged
from native_runtime.processes.restart import RestartPolicy
from native_runtime.processes.spec import DEFAULT_STOP_TIMEOUT, ChildSpec, MemoryLimits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.processes.exit_status import ExitStatus
    from native_runtime.processes.snapshot import ChildSnapshot
    from native_runtime.processes.supervisor import Supervisor

NICE: Final = range(-20, 20)
_LONGEST_NAME: Final = 200  # bytes; a crash report's file has a time in front of it, and 255 is the most
CURRENT: Final[Slot[Supervisor]] = Slot("ChildProcess")


class ChildProcess:
    """A child of the current runtime. Get one from `start`, `python`, `get` or `all`."""

    def __init__(self, name: str, supervisor: Supervisor) -> None:
        self.name = name
        self._supervisor = supervisor

    @staticmethod
    def start(
        cmd: Sequence[str | os.PathLike[str]],
        name: str,
        *,
        cwd: str | Path | None = None,
        env: Mapping[str, str | None] | None = None,
        persistent: bool = False,
        restart: RestartPolicy | None = None,
        memory: int | None = None,
        ready: str | Mapping[str, object] | None = None,
        health: Mapping[str, object] | None = None,
        nice: int | None = None,
        stop_timeout: float = DEFAULT_STOP_TIMEOUT,
    ) -> ChildProcess:
        """Start a child; the same name and description again returns the running one.

        Args:
            cmd: Argument list, of texts and paths; there is never a shell. A runtime command such as `queue:work` runs in the
                app's own interpreter or frozen binary; anything else is looked up on PATH.
            name: Unique among the children.
            cwd: Working folder; the app's by default.
            env: Variables to add to the app's environment, or with None to remove.
            persistent: Bring it back after every exit nobody asked for.
            restart: How; the default policy restarts at once, then ever more slowly.
            memory: MB its tree may use before it is killed.
            ready: When it counts as ready: a regular expression for a line of its output, `{"tcp": 8001}` or
                `{"http": url}`, with a `timeout` (30 s) after which it is restarted.
            health: Whether it still works: `{"tcp": …}`, `{"http": …}` or `{"heartbeat": True}` (it touches the
                file named by NATIVE_RUNTIME_HEARTBEAT), with `interval` (10 s) and `retries` (3).
            nice: POSIX niceness to add.
            stop_timeout: Seconds between asking it to leave and killing it.

        Raises:
            NotConfiguredError: No runtime is running.
            NameInUseError: Another description runs under this name.
            CommandNotFoundError: There is no such command.
            OSError: The system refused.
            TypeError, ValueError: An argument is not of the described form.
        """
        words = _words(cmd)
        _check(name, memory, nice, restart, stop_timeout)
        _check_way(cwd, persistent)
        _check_env({} if env is None else env)
        supervisor = CURRENT.get()
        spec = ChildSpec(
            name=name,
            command=words,
            cwd=Path(cwd) if cwd is not None else None,
            env=dict(env or {}),
            persistent=persistent,
            restart=restart or RestartPolicy(),
            memory=MemoryLimits(hard=memory * MEGABYTE if memory else None),
            ready=read_ready(ready),
            health=read_health(health),
            nice=nice,
            stop_timeout=stop_timeout,
        )
        supervisor.start(spec)
        return ChildProcess(name, supervisor)

    @staticmethod
    def python(
        args: Sequence[str | os.PathLike[str]],
        name: str,
        *,
        cwd: str | Path | None = None,
        env: Mapping[str, str | None] | None = None,
        persistent: bool = False,
        restart: RestartPolicy | None = None,
        memory: int | None = None,
        ready: str | Mapping[str, object] | None = None,
        health: Mapping[str, object] | None = None,
        nice: int | None = None,
        stop_timeout: float = DEFAULT_STOP_TIMEOUT,
    ) -> ChildProcess:
        """Start Python with `args` (`["-m", "http.server"]`), in the app's own interpreter. See `start`.

        A packaged app runs `-m MODULE`, `-c CODE` and scripts with the modules that it was built with.
        """
        if not isinstance(args, list | tuple):
            raise TypeError(
                f"ChildProcess.python: args: expected a list of strings, got {args!r}; split it yourself: ['-m', 'http.server']"
            )
        return ChildProcess.start(
            [PYTHON if is_packaged() else sys.executable, *args],
            name,
            cwd=cwd,
            env=env,
            persistent=persistent,
            restart=restart,
            memory=memory,
            ready=ready,
            health=health,
            nice=nice,
            stop_timeout=stop_timeout,
        )

    @staticmethod
    def get(name: str) -> ChildProcess | None:
        """The child of this name, or None if there never was one."""
        supervisor = CURRENT.get()
        return ChildProcess(name, supervisor) if supervisor.get(name) else None

    @staticmethod
    def all() -> dict[str, ChildProcess]:
        """All children by name."""
        supervisor = CURRENT.get()
        return {name: ChildProcess(name, supervisor) for name in supervisor.all()}

    @staticmethod
    def stop(name: str) -> None:
        """End a child and its tree; returns when it is gone. A pending restart is cancelled. Harmless twice.

        Raises:
            UnknownNameError: There never was a child of this name.
        """
        CURRENT.get().stop(name)

    @staticmethod
    def restart(name: str) -> None:
        """End a child if it is alive and start it again at once."""
        CURRENT.get().restart(name)

    @staticmethod
    def message(text: str, name: str) -> None:
        """Write `text` to a child's stdin; add the line end yourself.

        Raises:
            NotRunningError: There is no process to take it.
            NotListeningError: It has closed its stdin, or has just ended.
            TypeError: It is no text.
            ValueError: It holds half a character (a surrogate), which is nothing in UTF-8.
        """
        if not isinstance(text, str):
            raise TypeError(f"ChildProcess.message: text: expected text, got {text!r}")
        _check_encodable(text)
        CURRENT.get().message(name, text)

    @property
    def pid(self) -> int | None:
        """Of the real child, or None while there is no process."""
        return self.snapshot.pid

    @property
    def status(self) -> str:
        """`starting`, `running`, `idle`, `busy`, `stopping`, `stopped`, `backoff`, `crash_looping` or `failed`."""
        return self.snapshot.state

    @property
    def last_exit(self) -> ExitStatus | None:
        """How its latest run that is over ended, or None."""
        return self.snapshot.last_exit

    @property
    def snapshot(self) -> ChildSnapshot:
        """Everything known of it at this moment."""
        return self._supervisor.describe(self.name)

    def wait(self, timeout: float | None = None) -> ExitStatus | None:
        """Wait until it has ended for good and nobody is left of its tree; how, or None if it never ran.

        Raises:
            TimeoutError: It, or one of its tree, is still there after `timeout` seconds.
        """
        try:
            return self._supervisor.wait(self.name, timeout)
        except TimeoutError as error:
            if error.args:
                raise
            raise TimeoutError(
                f"child {self.name!r}, or one of its tree, is still there after {timeout} s; it is {self.status}"
            ) from None

    def logs(self, count: int = 200) -> tuple[str, ...]:
        """Its latest output lines, both streams, oldest first.

        Args:
            count: How many at most; 0 gives none.

        Raises:
            ValueError: `count` is no whole number of 0 or more.
        """
        _check_count(count)
        return self._supervisor.last_lines(self.name, count)

    def __eq__(self, other: object) -> bool:
        """True for the child of the same name, however it was got."""
        if not isinstance(other, ChildProcess):
            return NotImplemented
        return self.name == other.name and self._supervisor is other._supervisor

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"<ChildProcess {self.name!r}>"


def _words(cmd: object) -> tuple[str, ...]:
    given = cmd if isinstance(cmd, list | tuple) else ()
    words = tuple(os.fspath(word) if isinstance(word, os.PathLike) else word for word in given)
    if not words or not all(isinstance(word, str) and "\0" not in word for word in words):
        raise TypeError(
            f"ChildProcess.start: cmd: expected a list of strings, not empty, got {cmd!r}; "
            "split it yourself: ['ffmpeg', '-i', source]"
        )
    return words


def _check(name: object, memory: object, nice: object, restart: object, stop_timeout: object) -> None:
    if not isinstance(name, str) or not _is_name(name):
        raise ValueError(
            "ChildProcess.start: name: expected a name of printable characters (not '.' or '..', and not longer than "
            f"{_LONGEST_NAME} where each special one counts as %XX), got {shorten(name)}"
        )
    if memory is not None and (isinstance(memory, bool) or not isinstance(memory, int) or memory < 1):
        raise ValueError(
            f"ChildProcess.start: memory: expected MB, a whole number of 1 or more, got {memory!r}"
        )
    if nice is not None and (isinstance(nice, bool) or not isinstance(nice, int) or nice not in NICE):
        raise ValueError(f"ChildProcess.start: nice: expected a whole number from -20 to 19, got {nice!r}")
    if restart is not None and not isinstance(restart, RestartPolicy):
        raise TypeError(
            f"ChildProcess.start: restart: expected a RestartPolicy such as RestartPolicy(max_restarts=3), got {restart!r}"
        )
    is_number = isinstance(stop_timeout, int | float) and not isinstance(stop_timeout, bool)
    if not is_number or not 0 <= stop_timeout < math.inf:  # type: ignore[operator]  # it is a number
        raise ValueError(
            f"ChildProcess.start: stop_timeout: expected seconds of 0 or more, got {stop_timeout!r}"
        )


def _check_way(cwd: object, persistent: object) -> None:
    if cwd is not None and not isinstance(cwd, str | os.PathLike):
        raise TypeError(f"ChildProcess.start: cwd: expected a folder, as text or Path, got {cwd!r}")
    if not isinstance(persistent, bool):
        raise TypeError(f"ChildProcess.start: persistent: expected True or False, got {persistent!r}")


def _check_encodable(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"ChildProcess.message: text: expected text that UTF-8 can hold, got {shorten(text)}, where "
            f"character {error.start} is half of one; text.encode(errors='replace').decode() replaces it"
        ) from None


def _check_count(count: object) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise ValueError(f"ChildProcess.logs: count: expected a whole number of 0 or more, got {count!r}")


def _check_env(env: object) -> None:
    if not isinstance(env, Mapping):
        raise TypeError(
            f"ChildProcess.start: env: expected variables by name such as {{'A': 'b'}}, got {env!r}"
        )
    for key, value in env.items():
        if not isinstance(key, str) or not key or set(key) & {"=", "\0"}:
            raise ValueError(f"ChildProcess.start: env: expected the name of a variable, got {key!r}")
        if value is not None and (not isinstance(value, str) or "\0" in value):
            raise TypeError(
                f"ChildProcess.start: env: {key}: expected text, or None to remove it, got {value!r}"
            )


def _is_name(name: str) -> bool:
    """It stands in addresses, out of which browsers take `.` and `..`, and in the names of files."""
    return (
        bool(name.strip())
        and name.isprintable()
        and name not in {".", ".."}
        and len(file_name(name)) <= _LONGEST_NAME
    )
