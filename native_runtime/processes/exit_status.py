"""How a child ended: the operating system's answer, and what it means."""

from __future__ import annotations

import signal as signals
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

MEMORY_EXIT_CODE: Final = 12  # a worker that leaves because it is over its soft memory limit

# Windows NTSTATUS codes as exit codes, unsigned.
NTSTATUS_NAMES: Final = {
    0xC0000005: "STATUS_ACCESS_VIOLATION",
    0xC0000017: "STATUS_NO_MEMORY",
    0xC000001D: "STATUS_ILLEGAL_INSTRUCTION",
    0xC00000FD: "STATUS_STACK_OVERFLOW",
    0xC000012D: "STATUS_COMMITMENT_LIMIT",
    0xC000013A: "STATUS_CONTROL_C_EXIT",
    0xC0000135: "STATUS_DLL_NOT_FOUND",
    0xC0000142: "STATUS_DLL_INIT_FAILED",
    0xC0000374: "STATUS_HEAP_CORRUPTION",
    0xC0000409: "STATUS_STACK_BUFFER_OVERRUN",
}
_OUT_OF_MEMORY_STATUSES: Final = frozenset({0xC0000017, 0xC000012D})
_SHELL_KILLED: Final = 137  # 128 + SIGKILL: how a shell or a container reports a killed child


class ExitReason(StrEnum):
    """What an exit means. A word for a person; decisions hang on it."""

    CLEAN = "clean"
    RECYCLED = "recycled"
    MEMORY_LIMIT = "memory_limit"
    OOM_KILLED = "oom_killed"
    TIMEOUT = "timeout"
    UNHEALTHY = "unhealthy"
    CRASHED = "crashed"
    START_FAILED = "start_failed"
    STOPPED = "stopped"

    @property
    def is_crash(self) -> bool:
        """True if it leaves a crash report and counts against the restart budget."""
        return self in _CRASHES


_CRASHES: Final = frozenset(
    {
        ExitReason.MEMORY_LIMIT,
        ExitReason.OOM_KILLED,
        ExitReason.TIMEOUT,
        ExitReason.UNHEALTHY,
        ExitReason.CRASHED,
    }
)


class Asked(StrEnum):
    """Why we ended a child ourselves, if we did."""

    STOP = "stop"
    RECYCLE = "recycle"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    UNHEALTHY = "unhealthy"


_ASKED_FOR: Final = {
    Asked.STOP: ExitReason.STOPPED,
    Asked.RECYCLE: ExitReason.RECYCLED,
    Asked.TIMEOUT: ExitReason.TIMEOUT,
    Asked.MEMORY: ExitReason.MEMORY_LIMIT,
    Asked.UNHEALTHY: ExitReason.UNHEALTHY,
}


@dataclass(frozen=True, slots=True)
class RawExit:
    """The operating system's answer.

    Attributes:
        code: Exit code, or None where a signal ended it.
        signal: Signal number, or None where it exited by itself.
    """

    code: int | None = None
    signal: int | None = None

    @classmethod
    def from_returncode(cls, returncode: int) -> RawExit:
        """From `subprocess`: negative means a signal."""
        return cls(signal=-returncode) if returncode < 0 else cls(code=returncode)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitStatus:
    """How one run of a child ended.

    Attributes:
        reason: What it means.
        exit_code: Exit code, or None where a signal ended it.
        signal: Name such as `SIGKILL`, or None.
        detail: One sentence for a person.
        at: Wall time of the exit.
        uptime: Seconds from spawn to exit.
    """

    reason: ExitReason
    exit_code: int | None
    signal: str | None
    detail: str
    at: datetime
    uptime: float

    @classmethod
    def of_failed_start(cls, error: Exception, *, at: datetime) -> ExitStatus:
        """Of a run that never came to be."""
        reason = ExitReason.START_FAILED
        return cls(reason=reason, exit_code=None, signal=None, detail=str(error), at=at, uptime=0.0)


def signal_name(number: int) -> str:
    """`SIGKILL` for 9; `signal 99` for one this system has no name for."""
    try:
        return signals.Signals(number).name
    except ValueError:
        return f"signal {number}"


def classify(raw: RawExit, asked: Asked | None, *, announced_recycle: bool = False) -> ExitReason:
    """Say what an exit means, from the exit code, the signal and who asked for it.

    Args:
        raw: The operating system's answer.
        asked: Why we ended the child, if we did.
        announced_recycle: The child said beforehand that it leaves as planned.
    """
    if asked is not None:
        return _ASKED_FOR[asked]
    if raw.code == MEMORY_EXIT_CODE:
        return ExitReason.MEMORY_LIMIT
    if announced_recycle and raw.code == 0:
        return ExitReason.RECYCLED
    if raw.code == 0:
        return ExitReason.CLEAN
    killed = raw.code == _SHELL_KILLED or (raw.signal is not None and signal_name(raw.signal) == "SIGKILL")
    if killed or (raw.code is not None and raw.code & 0xFFFFFFFF in _OUT_OF_MEMORY_STATUSES):
        return ExitReason.OOM_KILLED
    return ExitReason.CRASHED


def describe(raw: RawExit) -> str:
    """The bare answer in words: `exit code 3`, `SIGSEGV`, `STATUS_ACCESS_VIOLATION`."""
    if raw.signal is not None:
        return signal_name(raw.signal)
    code = raw.code if raw.code is not None else 0
    return NTSTATUS_NAMES.get(code & 0xFFFFFFFF, f"exit code {code}")


def explain(raw: RawExit, reason: ExitReason, *, why: str, leaving: str | None) -> str:
    """One sentence for a person about how a run ended.

    Args:
        raw: The operating system's answer.
        reason: What it means.
        why: What we did ourselves, and for which reason; empty if we did nothing.
        leaving: What the child announced about its own exit, or None.
    """
    if why:
        return f"{why} ({describe(raw)})"
    if leaving:
        return f"left as planned: {leaving} ({describe(raw)})"
    if reason is ExitReason.OOM_KILLED:
        return f"killed by {describe(raw)}, not by this app: most likely the system ran out of memory"
    return describe(raw)
