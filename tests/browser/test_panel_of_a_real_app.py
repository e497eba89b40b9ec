"""The status panel of a real runtime, with real workers and processes behind it."""

from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from native_runtime import ChildProcess, QueueWorker, Runtime
from native_runtime.queue.events import JobStarted
from tests.support import jobs
from tests.support.processes import KILLED, kill, wait_until
from tests.support.programs import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser.conftest import Wire

pytestmark = pytest.mark.browser

CONFIG = """
    [runtime]
    app = "Desk"  # shown in the panel
    jobs = ["tests.support.jobs"]
    data_dir = "data"

    [workers.default]
    processes = 1
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "workers.toml"
    file.write_text(dedent(CONFIG))
    return file


@pytest.fixture
def runtime(file: Path) -> Iterator[Runtime]:
    with Runtime.from_config(file) as runtime:
        yield runtime


@pytest.fixture
def panel(runtime: Runtime, wire: Wire, page: Page) -> Page:
    """The panel, live; its worker is ready."""
    page.goto(runtime.url)
    expect(page.locator("#connection")).to_have_text("Live")
    expect(row(page, "default:1")).to_contain_text("idle")
    assert wire.addresses
    return page


def row(page: Page, name: str) -> Locator:
    return page.locator("tr").filter(
        has=page.get_by_role("rowheader", name=re.compile(rf"^{re.escape(name)}(?![\w+~])"))
    )


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def say_yes(page: Page, verb: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=verb, exact=True).click()


def go(page: Page, view: str) -> None:
    page.locator(f".tabs a[href='#{view}']").click()


def pid_of(name: str) -> int:
    child = ChildProcess.get(name)
    assert child is not None
    assert child.pid is not None
    return child.pid


def test_a_worker_is_scaled_restarted_stopped_and_started(panel: Page) -> None:
    press(panel, "One process more for default")
    expect(row(panel, "default:2")).to_contain_text("idle")
    press(panel, "One process less for default")
    expect(row(panel, "default:2")).to_have_count(0)
    before = pid_of("default:1")
    press(panel, "Restart worker default")
    expect(row(panel, "default:1")).not_to_contain_text(f"pid {before}")
    expect(row(panel, "default:1")).to_contain_text(re.compile(r"pid \d+.*idle"))
    press(panel, "Stop worker default")
    say_yes(panel, "Stop worker")
    expect(row(panel, "default:1")).not_to_contain_text("pid ")
    assert not QueueWorker.status("default").is_up
    press(panel, "Start worker default")
    expect(row(panel, "default:1")).to_contain_text(re.compile(r"pid \d+.*idle"))


def test_a_process_is_restarted_stopped_and_started(panel: Page) -> None:
    ChildProcess.python([str(PROGRAMS / "forever.py")], "sync", persistent=True)
    expect(row(panel, "sync")).to_contain_text("running")
    before = pid_of("sync")
    press(panel, "Restart sync")
    expect(row(panel, "sync")).to_contain_text(re.compile(r"pid \d+.*running"))
    wait_until(lambda: pid_of("sync") != before)
    press(panel, "Stop sync")
    say_yes(panel, "Stop")
    expect(row(panel, "sync")).to_contain_text("stopped")
    press(panel, "Start sync")
    expect(row(panel, "sync")).to_contain_text(re.compile(r"pid \d+.*running"))


def test_a_paused_queue_keeps_its_jobs_until_it_is_resumed(panel: Page) -> None:
    assert jobs.add.dispatch(1, 2).result(timeout=60) == 3
    QueueWorker.down("default")
    waiting = jobs.add.dispatch(3, 4)
    press(panel, "Pause queue default")
    expect(row(panel, "default").last).to_contain_text("paused")
    QueueWorker.up("default")
    expect(row(panel, "default:1")).to_contain_text("idle")
    assert waiting.status == "ready"
    press(panel, "Resume queue default")
    assert waiting.result(timeout=60) == 7


def test_progress_of_a_job_is_watched_to_its_end(panel: Page, tmp_path: Path) -> None:
    handle = jobs.waits_for_file.dispatch(tmp_path / "go on")
    go(panel, "jobs")
    line = panel.locator("#jobs tbody tr")
    expect(line).to_contain_text("50 % · waiting")
    expect(panel.get_by_role("progressbar")).to_have_js_property("value", 0.5)
    (tmp_path / "go on").touch()
    expect(line).to_contain_text("success")
    assert handle.result(timeout=60) == 1


def test_a_failed_job_is_read_and_retried(panel: Page, tmp_path: Path) -> None:
    handle = jobs.needs_file.dispatch(tmp_path / "missing")
    expect(panel.get_by_role("link", name="Failed 1")).to_be_visible()
    go(panel, "failed")
    expect(panel.locator("#failed")).to_contain_text("FileNotFoundError")
    panel.get_by_role("button", name="Details of failed job").click()
    expect(panel.get_by_role("region", name="Traceback")).to_contain_text("in needs_file")
    panel.keyboard.press("Escape")
    (tmp_path / "missing").touch()
    press(panel, f"Retry job {handle.id}")
    expect(panel.locator(".notice")).to_contain_text("runs again")  # before that it has failed
    assert handle.result(timeout=60) == 0
    expect(panel.get_by_text("No failed jobs")).to_be_visible()


def test_a_crash_report_is_read(panel: Page) -> None:
    handle = jobs.segfaults.dispatch()
    expect(panel.get_by_role("link", name="Crashes 2")).to_be_visible()  # it has two tries
    go(panel, "crashes")
    report = panel.locator(".card").first
    expect(report).to_contain_text("SIGSEGV")
    report.locator("summary").click()
    expect(report).to_contain_text(f"tests.support.jobs.segfaults ({handle.id}), attempt 2")
    expect(report.get_by_role("region", name="Traceback")).to_contain_text("in segfaults")


def test_a_log_is_followed_while_its_process_writes_dies_and_comes_back(panel: Page) -> None:
    ChildProcess.python([str(PROGRAMS / "echoes.py")], "echo", persistent=True)
    panel.get_by_role("link", name="Log of echo", exact=True).click()
    log = panel.get_by_role("log", name="Output of echo")
    ChildProcess.message("one\n", "echo")
    expect(log).to_contain_text("got one")
    kill(pid_of("echo"))
    expect(log).to_contain_text(
        re.compile(f"Ended after .*{KILLED[0].replace('_', ' ')}.*Started as pid \\d+")
    )
    ChildProcess.message("two\n", "echo")
    expect(log).to_contain_text("got two")


def test_a_log_that_is_read_makes_workers_tell_no_more_of_their_jobs(
    panel: Page, runtime: Runtime, wire: Wire
) -> None:
    ChildProcess.python([str(PROGRAMS / "echoes.py")], "echo")
    panel.get_by_role("link", name="Log of echo", exact=True).click()
    expect(panel.get_by_role("log", name="Output of echo")).to_contain_text("ready")
    assert not runtime.bus.listens_to(JobStarted)
    ChildProcess.message("one\n", "echo")
    expect(panel.get_by_role("log", name="Output of echo")).to_contain_text("got one")
    assert len([address for address in wire.addresses if "name=echo" in address]) == 1  # and it began once


def test_a_log_is_whole_though_the_connection_was_lost_twice(panel: Page, wire: Wire) -> None:
    panel.set_viewport_size({"width": 1280, "height": 2_400})  # all lines are in sight
    ChildProcess.python([str(PROGRAMS / "echoes.py")], "echo")
    panel.get_by_role("link", name="Log of echo", exact=True).click()
    log = panel.get_by_role("log", name="Output of echo")
    expect(log).to_contain_text("ready")
    for number in range(60):
        ChildProcess.message(f"{number}\n", "echo")
        if number in {15, 35}:
            expect(log).to_contain_text(f"got {number}")
            wire.cut()
            expect(panel.locator("#connection")).to_have_text("Disconnected")
        if number in {25, 45}:
            wire.mend()
            expect(log).to_contain_text(f"got {number}")
    expect(log).to_contain_text("got 59")
    texts = [text for text in log.locator(".log-text").all_inner_texts() if text.startswith("got")]
    assert texts == [f"got {number}" for number in range(60)]


def test_what_happened_while_the_connection_was_lost_is_shown_when_it_is_back(
    panel: Page, wire: Wire
) -> None:
    go(panel, "jobs")
    wire.cut()
    expect(panel.locator("#connection")).to_have_text("Disconnected")
    handles = [jobs.add.dispatch(number, 1) for number in range(5)]
    assert [handle.result(timeout=60) for handle in handles] == [1, 2, 3, 4, 5]
    wire.mend()
    expect(panel.locator("#connection")).to_have_text("Live")
    rows = panel.locator("#jobs tbody tr")
    expect(rows).to_have_count(5)
    expect(rows.filter(has_text="success")).to_have_count(5)


def test_workers_toml_is_edited_with_an_error_and_without(panel: Page, file: Path) -> None:
    go(panel, "config")
    editor = panel.get_by_label("Text of workers.toml")
    expect(editor).to_have_value(re.compile("processes = 1"))
    text = file.read_text()
    editor.fill(text.replace("processes", "proceses"))
    expect(panel.get_by_role("status", name="Problems")).to_contain_text("did you mean 'processes'?")
    press(panel, "Save")
    expect(panel.get_by_text("Nothing was saved.")).to_be_visible()
    assert file.read_text() == text
    editor.fill(text.replace("processes = 1", "processes = 2"))
    press(panel, "Save")
    expect(panel.get_by_text("workers.toml is saved")).to_be_visible()
    go(panel, "overview")
    expect(row(panel, "default:2")).to_contain_text("idle")
    assert "# shown in the panel" in file.read_text()


def test_two_tabs_that_edit_workers_toml_lose_nothing_unasked(panel: Page, file: Path) -> None:
    text = file.read_text()
    other = panel.context.new_page()
    other.goto(panel.url)
    for tab in (panel, other):
        go(tab, "config")
        expect(tab.get_by_label("Text of workers.toml")).to_have_value(text)
    other.get_by_label("Text of workers.toml").fill(f"{text}# typed in the other tab\n")
    mine, theirs = f"{text}# saved\n", f"{text}# typed in the other tab\n"
    panel.get_by_label("Text of workers.toml").fill(mine)
    press(panel, "Save")
    expect(panel.get_by_text("workers.toml is saved")).to_be_visible()
    note = other.get_by_role("alert").filter(has_text="changed by somebody else")
    expect(note).to_be_visible()
    expect(other.get_by_label("Text of workers.toml")).to_have_value(theirs)
    press(other, "Save")
    expect(other.get_by_text("Nothing was saved.")).to_be_visible()
    assert file.read_text() == mine
    press(other, "Keep my text")
    expect(note).to_be_hidden()
    press(other, "Save")
    expect(other.get_by_text("workers.toml is saved")).to_be_visible()
    assert file.read_text() == theirs
    expect(panel.get_by_label("Text of workers.toml")).to_have_value(theirs)  # nothing was typed there since


def test_the_app_is_stopped(panel: Page, runtime: Runtime) -> None:
    press(panel, "Stop the app…")
    say_yes(panel, "Stop the app")
    assert runtime.wait(60)
