import re
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from native_runtime import ChildProcess
from native_runtime.testing import FakeProcesses

COMMAND = ["ffmpeg", "-i", "in.mov", "out.mp4"]


def fails_with(message: str) -> AbstractContextManager[object]:
    return pytest.raises(AssertionError, match=f"^{re.escape(message)}$")


def test_starts_are_counted_by_name_command_and_description(fake_processes: FakeProcesses) -> None:
    for folder in ("a", "b"):
        ChildProcess.start(COMMAND, "encode", cwd=folder, persistent=folder == "b")
        ChildProcess.stop("encode")
    fake_processes.assert_started("encode")
    fake_processes.assert_started("encode", COMMAND, times=2)
    fake_processes.assert_started("encode", times=1, where=lambda spec: spec.persistent)
    fake_processes.assert_started("encode", COMMAND, where=lambda spec: spec.cwd == Path("a"))
    fake_processes.assert_started("encode", ["ffprobe"], times=0)
    fake_processes.assert_started("upload", times=0)


def test_a_start_that_finds_the_child_alive_and_a_restart_are_no_starts(
    fake_processes: FakeProcesses,
) -> None:
    for _ in range(2):
        ChildProcess.start(COMMAND, "encode", persistent=True)
    fake_processes.exit("encode", code=1)
    ChildProcess.restart("encode")
    fake_processes.assert_started("encode", times=1)
    fake_processes.assert_restarted("encode", times=2)


def test_a_start_that_fails_counts_since_the_app_asked_for_it(fake_processes: FakeProcesses) -> None:
    fake_processes.fail_to_start("encode", FileNotFoundError("ffmpeg"))
    with pytest.raises(FileNotFoundError):
        ChildProcess.start(COMMAND, "encode")
    ChildProcess.start(COMMAND, "encode")
    fake_processes.assert_started("encode", COMMAND, times=2)


def test_a_missing_start_is_told_with_all_that_was_started(fake_processes: FakeProcesses) -> None:
    with fails_with("expected a child 'upload' to be started at least once, got 0; started: none"):
        fake_processes.assert_started("upload")
    ChildProcess.start(["ffprobe"], "probe")
    ChildProcess.start(["ffmpeg", "in.mov"], "encode", nice=5)
    with fails_with(
        "expected a child 'upload' to be started at least once, got 0; "
        "started: probe ['ffprobe']; encode ['ffmpeg', 'in.mov'] nice=5"
    ):
        fake_processes.assert_started("upload")


def test_a_start_of_another_kind_is_told_with_the_starts_of_that_name(fake_processes: FakeProcesses) -> None:
    ChildProcess.start(["ffprobe"], "probe")
    ChildProcess.start(["ffmpeg"], "encode", persistent=True)
    recorded = "started: encode ['ffmpeg'] persistent=True"
    with fails_with(
        f"expected a child 'encode' to be started by ['ffmpeg', '-y'] at least once, got 0; {recorded}"
    ):
        fake_processes.assert_started("encode", ["ffmpeg", "-y"])
    with fails_with(f"expected a child 'encode' to be started 2 times, got 1; {recorded}"):
        fake_processes.assert_started("encode", times=2)
    with fails_with(
        "expected a child 'encode' to be started by ['ffmpeg'] as `where` accepts it at least once, got 0; "
        + recorded
    ):
        fake_processes.assert_started("encode", ["ffmpeg"], where=lambda spec: spec.nice == 5)


def test_assert_not_started_holds_until_the_child_is_started(fake_processes: FakeProcesses) -> None:
    fake_processes.assert_not_started()
    ChildProcess.start(["ffmpeg"], "encode")
    fake_processes.assert_not_started("upload")
    with fails_with("expected 'encode' not to be started; started: encode ['ffmpeg']"):
        fake_processes.assert_not_started("encode")
    with fails_with("expected 'nothing' not to be started; started: encode ['ffmpeg']"):
        fake_processes.assert_not_started()


def test_assert_stopped_wants_a_child_that_ran_and_runs_no_more(fake_processes: FakeProcesses) -> None:
    with pytest.raises(AssertionError, match="to be started"):
        fake_processes.assert_stopped("encode")
    ChildProcess.start(COMMAND, "encode")
    with fails_with("expected child 'encode' to be stopped; it is running"):
        fake_processes.assert_stopped("encode")
    ChildProcess.stop("encode")
    ChildProcess.stop("encode")  # harmless twice, as the real one
    fake_processes.assert_stopped("encode")


def test_a_child_that_waits_for_its_restart_is_neither_stopped_nor_restarted(
    fake_processes: FakeProcesses,
) -> None:
    ChildProcess.start(COMMAND, "encode", persistent=True)
    with fails_with("expected child 'encode' to be restarted at least once, got 0; it is running"):
        fake_processes.assert_restarted("encode")
    for _ in range(2):
        fake_processes.exit("encode", code=1)
    with fails_with("expected child 'encode' to be stopped; it is backoff, tried again in 0.25 s"):
        fake_processes.assert_stopped("encode")
    with fails_with(
        "expected child 'encode' to be restarted 2 times, got 1; it is backoff, tried again in 0.25 s"
    ):
        fake_processes.assert_restarted("encode", times=2)
    fake_processes.clock.advance(0.25)
    fake_processes.assert_restarted("encode", times=2)


def test_restarts_are_counted_over_the_whole_test(fake_processes: FakeProcesses) -> None:
    with fails_with("expected child 'encode' to be restarted at least once, got 0; started: none"):
        fake_processes.assert_restarted("encode")
    fake_processes.assert_restarted("encode", times=0)
    ChildProcess.start(COMMAND, "encode")
    ChildProcess.restart("encode")
    ChildProcess.stop("encode")
    ChildProcess.restart("encode")
    ChildProcess.stop("encode")
    ChildProcess.start(COMMAND, "encode")
    fake_processes.assert_restarted("encode", times=2)


def test_messages_are_counted_by_text_over_all_runs(fake_processes: FakeProcesses) -> None:
    fake_processes.assert_message_sent("encode", times=0)
    ChildProcess.start(COMMAND, "encode")
    ChildProcess.message("pause\n", "encode")
    ChildProcess.restart("encode")
    ChildProcess.message("seek 5\n", "encode")
    ChildProcess.stop("encode")
    ChildProcess.start(COMMAND, "encode")
    ChildProcess.message("seek 9\n", "encode")
    fake_processes.assert_message_sent("encode")
    fake_processes.assert_message_sent("encode", times=3)
    fake_processes.assert_message_sent("encode", "pause\n", times=1)
    fake_processes.assert_message_sent("encode", times=2, where=lambda text: text.startswith("seek"))


def test_a_missing_message_is_told_with_what_was_sent(fake_processes: FakeProcesses) -> None:
    ChildProcess.start(["ffprobe"], "probe")
    with fails_with(
        "expected 'pause' to be sent to child 'encode' at least once, got 0; started: probe ['ffprobe']"
    ):
        fake_processes.assert_message_sent("encode", "pause")
    ChildProcess.start(COMMAND, "encode")
    with fails_with("expected a message to be sent to child 'encode' at least once, got 0; sent: []"):
        fake_processes.assert_message_sent("encode")
    ChildProcess.message("pause", "encode")
    with fails_with(
        "expected a message to be sent to child 'encode' as `where` accepts it 2 times, got 1; sent: ['pause']"
    ):
        fake_processes.assert_message_sent("encode", times=2, where=lambda text: text == "pause")
