"""`queue:work`: gets a worker ready, and lets it work."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from native_runtime import environment
from native_runtime.clock import SystemClock
from native_runtime.errors import (
    ConfigError,
    JobCancelledError,
    JobTimeoutError,
    NativeRuntimeError,
    StoreError,
)
from native_runtime.events.loop_guard import REFUSED
from native_runtime.queue import own_memory
from native_runtime.queue.attempt import Attempts
from native_runtime.queue.background import in_background
from native_runtime.queue.birth import own_birth
from native_runtime.queue.control import ControlChannel
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.interrupter import Interrupter
from native_runtime.queue.options import UsageError, WorkOptions, help_text, parse
from native_runtime.queue.queue import Queue
from native_runtime.queue.recycling import MEGABYTE, Recycling
from native_runtime.queue.scoreboard import Scoreboard
from native_runtime.queue.verdict import Quit
from native_runtime.queue.voice import Voice
from native_runtime.queue.wanted import WantedReader
from native_runtime.queue.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

    from native_runtime.queue.drivers.sqlite.connections import Durability

STORE: Final = "queue.sqlite3"
STRANGERS_ROUND: Final = 5.0  # seconds between two looks of a worker without an app for others that are gone
# Named by text: what reads workers.toml stands above this package, and is needed only without an app.
_STANDALONE: Final = "native_runtime.workers.standalone"


class StartError(NativeRuntimeError, RuntimeError):
    """A worker cannot start; says why in one line."""


def main(arguments: Sequence[str]) -> int:
    """Run `queue:work` with these flags. Returns its exit code.

    Returns:
        0 if it left as planned, 12 if over its memory limit, 1 if it could not start, 2 for a bad command line.
    """
    try:
        options = parse(arguments)
        if options.help:
            print(help_text())  # noqa: T201 - what was asked for
            return 0
        return _work(options)
    except UsageError as error:
        return _refuse(error, 2)
    except NativeRuntimeError as error:
        return _refuse(error, 1)
    except Quit:
        return 0  # asked twice, between two jobs


def _refuse(error: Exception, code: int) -> int:
    problems = error.problems if isinstance(error, ConfigError) else (str(error),)
    for problem in problems:
        text = " ".join(problem.splitlines())
        print(f"queue:work: {text}", file=sys.stderr, flush=True)  # noqa: T201 - the worker's own output
    return code


def _work(options: WorkOptions) -> int:
    channel = ControlChannel.from_environment(os.environ)
    _prepare_output()
    data, jobs, durability = _house(options)
    clock = SystemClock()
    driver = SqliteDriver(data / STORE, durability=durability)
    try:
        voice = Voice(channel, clock=clock, wanted=WantedReader(_page_of(data)).read)
        CURRENT.put(_queue(driver, clock, voice), second_rank=True)
        REFUSED.put(voice.refused)
        name = options.name or os.environ.get(environment.NAME) or "worker"
        worker_id = f"{name}@{os.getpid()}.{own_birth(clock)}"
        path = _board_of(worker_id, data)
        worker = _worker(worker_id, _open_board(path), options, driver, clock, channel, voice)
        _load(jobs, options.on_start)
        _check_memory(options)
        if channel is None:
            _look_after_strangers(worker, driver, data)
        voice.ready(worker.id)
        code = worker.run()
        if channel is None:  # settled all; an app clears up by itself
            with suppress(OSError):
                path.unlink()
        return code
    finally:
        driver.close()


def _queue(driver: SqliteDriver, clock: SystemClock, voice: Voice) -> Queue:
    """What the jobs of this worker dispatch to and cancel at."""
    return Queue(
        driver=driver,
        clock=clock,
        rang=voice.dispatched,
        cancelling=voice.cancelling,
        cancelled=voice.cancelled,
        ended=voice.batch_ended,
    )


def _worker(  # noqa: PLR0917 - where all that a worker needs comes together
    worker_id: str,
    board: Scoreboard,
    options: WorkOptions,
    driver: SqliteDriver,
    clock: SystemClock,
    channel: ControlChannel | None,
    voice: Voice,
) -> Worker:
    interrupter = Interrupter()
    attempts = Attempts(
        driver=driver,
        clock=clock,
        interrupter=interrupter,
        defaults=options.defaults,
        tell_progress=voice.progress,
    )
    watchdog = None
    if channel is None:  # with an app, the app does it, from outside
        from native_runtime.queue.watchdog import Watchdog

        watchdog = Watchdog(driver=driver, clock=clock, attempts=attempts, interrupter=interrupter)
        watchdog.start()
    worker = Worker(
        worker_id=worker_id,
        pid=os.getpid(),
        options=options,
        driver=driver,
        clock=clock,
        attempts=attempts,
        board=board,
        voice=voice,
        recycling=Recycling(
            options=options,
            clock=clock,
            resident=own_memory.reader(),
            ask=voice.recycle if voice.is_heard else None,
        ),
        watchdog=watchdog,
    )
    if channel is not None:
        channel.listen(_actions(worker, interrupter))
    _take_signals(worker, has_app=channel is not None)
    return worker


def _actions(worker: Worker, interrupter: Interrupter) -> dict[str, Callable[[Mapping[str, Any]], object]]:
    return {
        "drain": lambda _message: worker.drain(),
        "stay": lambda _message: worker.stay(),
        "ring": lambda _message: worker.ring(),
        "cancel": lambda message: interrupter.interrupt(str(message.get("job")), JobCancelledError),
        "timeout": lambda message: interrupter.interrupt(str(message.get("job")), JobTimeoutError),
    }


def _take_signals(worker: Worker, *, has_app: bool) -> None:
    """The first SIGTERM (or Ctrl-C in a terminal) drains, the second leaves now and gives the job back."""

    def asked(number: int, _frame: FrameType | None) -> None:
        if worker.is_draining:
            signal.signal(number, signal.SIG_DFL)  # a third one needs no help from here
            raise Quit
        worker.drain()

    signal.signal(signal.SIGTERM, asked)
    # Ctrl-C in the app's terminal reaches its workers too: there the app decides what becomes of them.
    signal.signal(signal.SIGINT, signal.SIG_IGN if has_app else asked)


def _prepare_output() -> None:
    """What a job prints must appear when it prints it, and a crash in C must leave a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a windowed build has none
            stream.reconfigure(encoding="utf-8", line_buffering=True, errors="backslashreplace")
    if sys.stderr is not None:
        import faulthandler

        faulthandler.enable(sys.stderr)


def _house(options: WorkOptions) -> tuple[Path, tuple[str, ...], Durability]:
    """The data folder, the job modules and the store's durability: told by the app, or found through workers.toml."""
    environ = os.environ
    for entry in filter(None, environ.get(environment.PATH, "").split(os.pathsep)):
        if entry not in sys.path:
            sys.path.append(entry)
    if options.config or environment.DATA_DIR not in environ or _names_a_config(environ):
        prepare = importlib.import_module(_STANDALONE).prepare
        data, jobs, durability = prepare(environ, options.config or None)
        return data, jobs, durability
    return (
        Path(environ[environment.DATA_DIR]),
        tuple(filter(None, environ.get(environment.JOBS, "").split(","))),
        "power" if environ.get(environment.DURABILITY) == "power" else "app",
    )


def _names_a_config(environ: Mapping[str, str]) -> bool:
    """True if nobody has said which modules hold jobs, but a workers.toml can."""
    return environment.JOBS not in environ and (
        environment.CONFIG in environ or Path("workers.toml").is_file()
    )


def _board_of(worker_id: str, data: Path) -> Path:
    """Named by the worker's id, so that whoever finds it dead knows where to look."""
    return data / "run" / f"{quote(worker_id, safe=' ')}.board"


def _page_of(data: Path) -> Path:
    """Where the app says what it wants to hear."""
    return data / "run" / "wanted"


def _open_board(path: Path) -> Scoreboard:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return Scoreboard.open(path)
    except OSError as error:
        raise StoreError.unwritten(path, error) from error


def _look_after_strangers(worker: Worker, driver: SqliteDriver, data: Path) -> None:
    """Without an app, put back what workers held that are gone: now, and every few seconds."""

    def look() -> None:
        # Asked first, because what can tell who is gone costs a worker 20 ms and 3 MB to import.
        if any(each != worker.id for each in driver.workers()):
            importlib.import_module(_STANDALONE).rescue_strangers(driver, data, ring=worker.ring)

    def look_for_ever() -> None:
        pause = threading.Event()
        while not pause.wait(STRANGERS_ROUND):
            with suppress(NativeRuntimeError):  # the next look tries again
                look()

    look()
    in_background(look_for_ever, "strangers")


def _load(jobs: Sequence[str], on_start: str) -> None:
    for module in jobs:
        try:
            importlib.import_module(module)
        except BaseException as error:  # whatever a user's module raises
            raise StartError(f"job module {module} cannot be imported: {_told(error)}") from error
    if not on_start:
        return
    module, _, function = on_start.partition(":")
    try:
        getattr(importlib.import_module(module), function)()
    except BaseException as error:  # the same
        raise StartError(f"--on-start={on_start} failed: {_told(error)}") from error


def _told(error: BaseException) -> str:
    """What, and where in the user's own code."""
    frames = error.__traceback__
    where = ""
    while frames is not None:
        file = frames.tb_frame.f_code.co_filename
        if not file.startswith("<frozen"):
            where = f"{file}:{frames.tb_lineno}"
        frames = frames.tb_next
    return f"{type(error).__name__}: {error} ({where})"


def _check_memory(options: WorkOptions) -> None:
    resident = own_memory.reader()() / MEGABYTE
    if options.memory and resident > options.memory:
        raise StartError(
            f"has {resident:.0f} MB before its first job, over its limit of {options.memory:g} MB: "
            "raise `memory` in workers.toml, or import less in the job modules"
        )
