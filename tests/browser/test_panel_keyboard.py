"""The status panel without a mouse: every act by Tab, Enter and Escape, the focus never lost, and what is read out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from native_runtime.processes.events import ProcessReady
from native_runtime.processes.state import ChildState
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from tests.support.file_house import TEXT, FileHouse
from tests.support.gateway_house import child
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from native_runtime.gateway import Gateway
    from tests.support.gateway_house import House

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.ariaLabel || document.activeElement.textContent.trim()"
FARTHEST = 60  # presses of Tab

# Notes each text that a screen reader is given to say from now on.
LISTEN = """() => {
    window.said = [];
    const regions = '[role=status], [role=alert], [aria-live=polite]';
    new MutationObserver((changes) => {
        for (const { target } of changes) {
            const node = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
            const region = node?.closest(regions);
            if (region && region.getClientRects().length && region.textContent) window.said.push(region.textContent);
        }
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def house(tmp_path: Path) -> FileHouse:
    return FileHouse(tmp_path)


@pytest.fixture
def panel(gateway: Gateway, page: Page) -> Page:
    page.goto(gateway.link())
    expect(page.get_by_role("button", name="Restart images:1", exact=True)).to_be_visible()
    return page


def open_view(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).focus()
    page.keyboard.press("Enter")


def reach(page: Page, name: str) -> None:
    """Press Tab until the control of this name has the focus."""
    for _ in range(FARTHEST):
        if page.evaluate(FOCUSED) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {name!r}, but to {page.evaluate(FOCUSED)!r} in the end")


def press(page: Page, name: str) -> None:
    reach(page, name)
    page.keyboard.press("Enter")


def say_yes(page: Page, verb: str) -> None:
    """Answer the question: the harmless button has the focus, the next one does it."""
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    press(page, verb)


def expect_focus(page: Page, name: str) -> None:
    wait_until(lambda: page.evaluate(FOCUSED) == name)


def push(house: House, *ids: str, queue: str = "images") -> None:
    jobs = [NewJob(id=each, name="app.jobs.thumbnail", queue=queue) for each in ids]
    house.driver.push(jobs, now=house.clock.epoch())


def test_a_question_that_is_escaped_leads_back_to_where_it_was_asked(house: House, panel: Page) -> None:
    press(panel, "Stop worker images")
    expect(panel.get_by_role("dialog")).to_be_visible()
    panel.keyboard.press("Escape")
    expect(panel.get_by_role("dialog")).to_be_hidden()
    expect_focus(panel, "Stop worker images")
    assert house.fleet.asked == []


def test_a_worker_is_scaled_restarted_stopped_and_started(house: House, panel: Page) -> None:
    press(panel, "One process more for images")
    expect(panel.get_by_role("group", name="Processes of images")).to_contain_text("3 processes")
    expect_focus(panel, "One process more for images")
    press(panel, "Restart worker images")
    expect(panel.locator(".notice", has_text="images restarts")).to_be_visible()
    press(panel, "Stop worker images")
    say_yes(panel, "Stop worker")
    expect_focus(panel, "Start worker images")  # it took the place of the one that was pressed
    panel.keyboard.press("Enter")
    wait_until(lambda: [asked[0] for asked in house.fleet.asked] == ["scale", "restart", "down", "up"])


def test_a_process_is_stopped_and_started(house: House, panel: Page) -> None:
    press(panel, "Stop api")
    say_yes(panel, "Stop")
    expect_focus(panel, "Start api")
    panel.keyboard.press("Enter")
    expect(panel.get_by_role("button", name="Restart api", exact=True)).to_be_visible()
    assert [asked[0] for asked in house.supervisor.asked] == ["stop", "restart"]


def test_a_queue_is_paused_resumed_and_cleared(house: House, gateway: Gateway, page: Page) -> None:
    push(house, "a", "b")
    page.goto(gateway.link())
    expect(page.get_by_role("button", name="Pause queue images", exact=True)).to_be_visible()
    press(page, "Pause queue images")
    expect_focus(page, "Resume queue images")
    page.keyboard.press("Enter")
    expect_focus(page, "Pause queue images")
    press(page, "Clear queue images")
    say_yes(page, "Delete jobs")
    expect(page.get_by_text("No jobs yet")).to_be_visible()
    wait_until(lambda: page.evaluate("document.activeElement.id") == "main")  # its row is gone
    assert house.driver.find("a") is None


def test_a_job_is_found_read_cancelled_and_retried(house: House, panel: Page) -> None:
    push(house, "hay", "needle")
    open_view(panel, "Jobs")
    expect(panel.locator("#jobs tbody tr")).to_have_count(2)
    panel.get_by_role("searchbox", name="Text").focus()
    panel.keyboard.type("needle")
    expect(panel.locator("#jobs tbody tr")).to_have_count(1)
    press(panel, "Details of job app.jobs.thumbnail, needle")
    expect(panel.get_by_role("dialog")).to_be_visible()
    panel.keyboard.press("Escape")
    expect_focus(panel, "Details of job app.jobs.thumbnail, needle")
    press(panel, "Cancel job needle")
    say_yes(panel, "Cancel job")
    expect_focus(panel, "Retry job needle")
    panel.keyboard.press("Enter")
    expect_focus(panel, "Cancel job needle")
    job = house.driver.find("needle")
    assert job is not None
    assert job.state is JobState.READY


def test_workers_toml_is_edited_and_saved(house: FileHouse, panel: Page) -> None:
    open_view(panel, "Settings")
    expect(panel.get_by_label("Text of workers.toml")).to_have_value(TEXT)
    reach(panel, "Text of workers.toml")
    panel.keyboard.press("Control+End")
    panel.keyboard.type("timeout = 30\n")
    panel.keyboard.press("Control+s")
    expect(panel.get_by_text("workers.toml is saved")).to_be_visible()
    assert house.path.read_text() == f"{TEXT}timeout = 30\n"
    expect(panel.get_by_label("Text of workers.toml")).to_be_focused()
    reach(panel, "API reference")  # Tab leads out of the text


def test_a_log_is_held_and_followed(house: House, panel: Page) -> None:
    house.supervisor.write("api", "one")
    press(panel, "Log of api")
    expect(panel.get_by_role("log", name="Output of api")).to_contain_text("one")
    press(panel, "Pause")
    mode = panel.get_by_role("status").filter(has_text="The log is")
    expect(mode).to_have_text("The log is held still")
    expect_focus(panel, "Follow")
    panel.keyboard.press("Enter")
    expect(mode).to_have_text("The log is followed")


def test_a_view_that_is_opened_from_another_is_where_tab_goes_on(panel: Page) -> None:
    press(panel, "Log of api")
    expect(panel).to_have_title("Logs · Photo Desk")
    wait_until(lambda: panel.evaluate("document.activeElement.id") == "main")


def test_a_message_is_dismissed_and_the_keyboard_goes_on_in_the_view(panel: Page) -> None:
    press(panel, "Restart worker images")
    notice = panel.locator(".notice")
    notice.get_by_role("button", name="Dismiss").focus()
    panel.keyboard.press("Enter")
    expect(notice).to_have_count(0)
    assert panel.evaluate("document.activeElement.id") == "main"


def test_whoever_points_elsewhere_is_not_called_back(house: House, panel: Page) -> None:
    panel.get_by_role("button", name="Restart api", exact=True).focus()
    panel.get_by_role("heading", name="Queues").click()
    house.supervisor.add(child("api", ChildState.STOPPED))
    house.bus.publish(ProcessReady(name="api", pid=1))
    expect(panel.get_by_role("button", name="Start api", exact=True)).to_be_visible()
    assert panel.evaluate("document.activeElement.id") != "main"
    assert panel.evaluate("document.activeElement.tagName") != "BUTTON"


def test_what_was_done_is_read_out_once(panel: Page) -> None:
    panel.evaluate(LISTEN)
    press(panel, "Restart worker images")
    wait_until(lambda: panel.evaluate("said.length") > 0)
    said = panel.evaluate("said")
    assert len(said) == 1
    assert said[0].startswith("images restarts")


def test_a_log_that_grows_reads_nothing_out(house: House, panel: Page) -> None:
    press(panel, "Log of api")
    house.supervisor.write("api", "first")
    log = panel.get_by_role("log", name="Output of api")
    expect(log).to_contain_text("first")
    panel.evaluate(LISTEN)
    for number in range(20):
        house.supervisor.write("api", f"line {number}")
        expect(log).to_contain_text(f"line {number}")
    expect(panel.locator(".log-status")).to_have_text("Following; 21 lines")
    assert panel.evaluate("said") == []


def test_problems_that_stay_are_read_out_once(panel: Page) -> None:
    open_view(panel, "Settings")
    editor = panel.get_by_label("Text of workers.toml")
    expect(editor).to_have_value(TEXT)
    panel.evaluate(LISTEN)
    problems = panel.get_by_role("status", name="Problems")
    editor.fill(TEXT.replace("memory", "memmory"))
    expect(problems).to_contain_text("did you mean 'memory'?")
    said = panel.evaluate("said.length")
    with panel.expect_response("**/api/config/check"):
        editor.press_sequentially("# more\n")
    with panel.expect_response("**/api/config/check"):
        editor.press_sequentially("# and more\n")
    assert panel.evaluate("said.length") == said
