from __future__ import annotations

import sys

import pytest

from native_runtime.processes.exit_status import Asked, ExitReason, RawExit, classify, describe

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="there no signal has this name")


@pytest.mark.parametrize(
    ("returncode", "asked", "announced", "expected"),
    [
        (0, None, False, ExitReason.CLEAN),
        (0, None, True, ExitReason.RECYCLED),
        (1, None, False, ExitReason.CRASHED),
        (1, None, True, ExitReason.CRASHED),
        (12, None, False, ExitReason.MEMORY_LIMIT),
        (12, None, True, ExitReason.MEMORY_LIMIT),
        (137, None, False, ExitReason.OOM_KILLED),
        pytest.param(-9, None, False, ExitReason.OOM_KILLED, marks=posix_only),
        (-11, None, False, ExitReason.CRASHED),
        (-15, None, False, ExitReason.CRASHED),
        (0xC0000017, None, False, ExitReason.OOM_KILLED),
        (0xC000012D, None, False, ExitReason.OOM_KILLED),
        (0xC0000005, None, False, ExitReason.CRASHED),
        (-9, Asked.STOP, False, ExitReason.STOPPED),
        (1, Asked.STOP, False, ExitReason.STOPPED),
        (-9, Asked.TIMEOUT, False, ExitReason.TIMEOUT),
        (-9, Asked.MEMORY, False, ExitReason.MEMORY_LIMIT),
        (-9, Asked.UNHEALTHY, False, ExitReason.UNHEALTHY),
        (0, Asked.RECYCLE, False, ExitReason.RECYCLED),
    ],
)
def test_every_exit_has_its_reason(
    returncode: int,
    asked: Asked | None,
    announced: bool,  # noqa: FBT001
    expected: ExitReason,
) -> None:
    raw = RawExit.from_returncode(returncode)
    assert classify(raw, asked, announced_recycle=announced) is expected


def test_signal_death_is_never_an_exit_code() -> None:
    assert RawExit.from_returncode(-11) == RawExit(code=None, signal=11)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (RawExit(signal=11), "SIGSEGV"),
        (RawExit(signal=99), "signal 99"),
        (RawExit(code=3), "exit code 3"),
        (RawExit(code=0xC0000005), "STATUS_ACCESS_VIOLATION"),
        (RawExit(code=0xC0000005 - (1 << 32)), "STATUS_ACCESS_VIOLATION"),
    ],
)
def test_exits_are_described_by_name(raw: RawExit, words: str) -> None:
    assert describe(raw) == words
