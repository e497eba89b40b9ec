"""Jobs that harm their worker, named after the harm; each may try twice."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import signal
import sys
import threading
from pathlib import Path

from native_runtime import current_job, job

HOARD: list[bytes] = []


class Odd(BaseException):
    """No Exception, and not one of Python's own either."""


@job
def bystander(trace: Path) -> None:
    """Leaves a line for each time it ran."""
    with trace.open("a") as file:
        file.write(f"{current_job().attempt}\n")


@job(tries=2, backoff=0)
def exits_hard() -> None:
    os._exit(3)


@job(tries=2, backoff=0)
def exits_hard_with_code_0() -> None:
    os._exit(0)


@job(tries=2, backoff=0)
def signals_itself() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


@job(tries=2, backoff=0)
def reads_address_0() -> None:
    ctypes.string_at(0)


@job(tries=2, backoff=0)
def aborts() -> None:
    os.abort()


@job(tries=2, backoff=0)
def overflows_the_stack() -> None:
    sys.setrecursionlimit(1_000_000_000)

    def deep(number: int) -> list[object]:
        return list(map(deep, [number]))  # through C, where a recursion needs stack

    deep(0)


@job(tries=2, backoff=0)
def recurses() -> None:
    recurses()


@job(tries=2, backoff=0)
def allocates_without_end() -> None:
    while True:
        HOARD.append(os.urandom(1024 * 1024))


@job(tries=2, backoff=0)
def asks_for_too_much() -> None:
    HOARD.append(bytes(1 << 62))


@job(tries=2, backoff=0, timeout=1)
def backtracks() -> None:
    re.match(r"(a+)+$", "a" * 64 + "b")


@job(tries=2, backoff=0, timeout=1)
def raises_to_a_power() -> int:
    return 3**400_000_000


@job(tries=2, backoff=0, timeout=1)
def swallows_everything() -> None:
    while True:
        with contextlib.suppress(BaseException):
            threading.Event().wait(0.01)


@job(tries=2, backoff=0)
def leaves() -> None:
    sys.exit("enough")


@job(tries=2, backoff=0)
def raises_system_exit() -> None:
    raise SystemExit(0)


@job(tries=2, backoff=0)
def raises_keyboard_interrupt() -> None:
    raise KeyboardInterrupt


@job(tries=2, backoff=0)
def raises_generator_exit() -> None:
    raise GeneratorExit


@job(tries=2, backoff=0)
def raises_odd() -> None:
    raise Odd("no exception")


@job(tries=2, backoff=0)
def raises_surrogates() -> None:
    raise ValueError("\udcff is \ud800 in \x00 a file's name")


@job(tries=2, backoff=0)
def raises_what_cannot_be_shown() -> None:
    class Unspeakable(Exception):  # noqa: N818 - a name for what it does
        def __str__(self) -> str:
            raise RuntimeError("no words")

    raise Unspeakable


@job(tries=2, backoff=0)
def closes_all_descriptors() -> None:
    os.closerange(3, 256)


@job(tries=2, backoff=0)
def forks_and_both_return(pids: Path) -> None:
    child = os.fork()
    if child == 0:
        _note_pid(pids)


@job(tries=2, backoff=0)
def forks_and_both_raise(pids: Path) -> None:
    child = os.fork()
    if child == 0:
        _note_pid(pids)
    raise ValueError("both")


@job(tries=2, backoff=0)
def forks_and_the_child_exits(pids: Path) -> None:
    child = os.fork()
    if child == 0:
        _note_pid(pids)
        os._exit(0)
    os.waitpid(child, 0)


@job(tries=2, backoff=0)
def forks_and_the_child_leaves(pids: Path) -> None:
    child = os.fork()
    if child == 0:
        _note_pid(pids)
        sys.exit()
    os.waitpid(child, 0)


@job(tries=2, backoff=0)
def deletes_its_folder(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    os.chdir(folder)
    shutil.rmtree(folder)


@job(tries=2, backoff=0)
def prints_50_megabytes() -> None:
    for _ in range(50):
        sys.stdout.write("x" * 1_000_000)


@job(tries=2, backoff=0)
def starts_a_thread_that_never_ends() -> None:
    threading.Thread(target=threading.Event().wait).start()


@job(tries=2, backoff=0)
def ignores_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


@job(tries=2, backoff=0)
def closes_its_streams() -> None:
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()


@job(tries=2, backoff=0)
def replaces_its_streams() -> None:
    sys.stdout = sys.stderr = None


@job(tries=2, backoff=0)
def closes_the_streams_under_python() -> None:
    os.closerange(0, 3)


def _note_pid(pids: Path) -> None:
    with pids.open("a") as file:
        file.write(f"{os.getpid()}\n")
