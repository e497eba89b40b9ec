"""The log of a process in the status panel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from native_runtime.events.journal import DROPPABLE_LENGTH
from native_runtime.processes.events import MessageReceived, ProcessExited, ProcessSpawned

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from native_runtime.gateway import Gateway
    from tests.browser.conftest import Wire
    from tests.support.gateway_house import House

pytestmark = pytest.mark.browser


@pytest.fixture
def log(house: House, gateway: Gateway, wire: Wire, page: Page) -> Locator:
    """The log of `api`, which has written two lines."""
    house.supervisor.write("api", "first", "second")
    page.goto(gateway.link())
    page.get_by_role("link", name="Log of api").click()
    box = page.get_by_role("log", name="Output of api")
    expect(lines(box)).to_have_text(["first", "second"])
    wire.wait_for(2)  # one for all events, one for this log, which begins where its first lines end
    return box


def lines(log: Locator) -> Locator:
    return log.locator(".log-text")


def test_lines_are_followed_and_those_of_stderr_are_marked(house: House, log: Locator) -> None:
    house.supervisor.write("api", "third")
    house.supervisor.write("api", "oh no", is_error=True)
    house.supervisor.write("images:1", "somebody else's")
    house.supervisor.write("api", "last")
    expect(lines(log)).to_have_text(["first", "second", "third", "oh no", "last"])
    expect(log.locator(".log-line[data-kind=err]")).to_have_text(re.compile("err.*oh no"))


def test_the_end_is_in_sight_while_the_log_is_followed(house: House, log: Locator) -> None:
    house.supervisor.write("api", *(f"line {number}" for number in range(500)))
    expect(log.get_by_text("line 499", exact=True)).to_be_in_viewport()
    assert log.locator(".log-line").count() < 100


def test_a_paused_log_stands_still_and_counts_what_comes(house: House, log: Locator, page: Page) -> None:
    page.get_by_role("button", name="Pause").click()
    house.supervisor.write("api", "third", "fourth")
    status = page.locator(".log-status")
    expect(status).to_have_text("Held still; 2 new lines")
    expect(lines(log)).to_have_text(["first", "second"])
    page.get_by_role("button", name="Follow").click()
    expect(lines(log)).to_have_text(["first", "second", "third", "fourth"])
    expect(status).to_have_text("Following; 4 lines")


def test_going_up_in_a_log_holds_it_and_the_end_key_follows_it_again(
    house: House, log: Locator, page: Page
) -> None:
    house.supervisor.write("api", *(f"line {number}" for number in range(500)))
    expect(log.get_by_text("line 499", exact=True)).to_be_in_viewport()
    log.focus()
    page.keyboard.press("PageUp")
    expect(page.get_by_role("button", name="Follow")).to_be_visible()
    house.supervisor.write("api", "unseen")
    expect(page.locator(".log-status")).to_have_text("Held still; 1 new line")
    page.keyboard.press("End")
    expect(log.get_by_text("unseen", exact=True)).to_be_in_viewport()


def test_a_log_is_searched_also_while_it_grows(house: House, log: Locator, page: Page) -> None:
    page.get_by_role("searchbox", name="Text").fill("SEC")
    expect(lines(log)).to_have_text(["second"])
    house.supervisor.write("api", "third", "a second one")
    expect(lines(log)).to_have_text(["second", "a second one"])
    expect(page.locator(".log-status")).to_have_text("Following; 2 of 4 lines")
    page.get_by_role("searchbox", name="Text").fill("")
    house.supervisor.write("api", "bad", is_error=True)
    page.get_by_label("stderr only").check()
    expect(lines(log)).to_have_text(["bad"])
    page.get_by_role("searchbox", name="Text").fill("nothing like it")
    expect(page.locator("#logs").get_by_text("Nothing matches")).to_be_visible()


def test_a_log_keeps_so_many_lines_and_no_more(house: House, log: Locator, page: Page) -> None:
    for start in range(0, 20_000, 1_000):
        house.supervisor.write("api", *(f"line {number}" for number in range(start, start + 1_000)))
        expect(log.get_by_text(f"line {start + 999}", exact=True)).to_be_in_viewport()
    kept = re.compile(r"Following; (10,\d{3}|11,000) lines")
    expect(page.locator(".log-status")).to_have_text(kept)
    assert log.locator(".log-line").count() < 100


def test_start_and_end_of_the_process_stand_among_its_lines(house: House, log: Locator) -> None:
    house.bus.publish(
        ProcessExited(
            name="api", pid=1, reason="crashed", exit_code=None, signal="SIGSEGV", uptime=2.5, detail="SIGSEGV"
        )
    )  # fmt: skip
    house.bus.publish(ProcessSpawned(name="api", pid=4713))
    expect(lines(log)).to_have_text(
        ["first", "second", "Ended after 2.5 s: crashed, SIGSEGV", "Started as pid 4713"]
    )


def test_lines_that_came_too_fast_are_counted(house: House, log: Locator) -> None:
    house.bus.publish(MessageReceived(name="api", lines=("latest",), dropped=2_300))
    expect(lines(log)).to_have_text(["first", "second", re.compile("^2,300 lines came too fast"), "latest"])


def test_another_process_is_chosen_and_the_address_says_which(house: House, log: Locator, page: Page) -> None:
    house.supervisor.write("images:2", "hello from two")
    page.get_by_role("combobox", name="Process").select_option("images:2")
    expect(lines(page.get_by_role("log", name="Output of images:2"))).to_have_text(["hello from two"])
    expect(page).to_have_url(re.compile("#logs/images%3A2$"))
    page.reload()
    expect(lines(page.get_by_role("log", name="Output of images:2"))).to_have_text(["hello from two"])
    expect(log).to_have_count(0)


def test_a_log_that_was_cut_off_goes_on_without_a_gap_or_a_double(
    house: House, log: Locator, wire: Wire, page: Page
) -> None:
    wire.cut()
    expect(page.locator("#connection")).to_have_text("Disconnected")
    house.supervisor.write("api", "meanwhile 1", "meanwhile 2")
    wire.mend()
    expect(lines(log)).to_have_text(["first", "second", "meanwhile 1", "meanwhile 2"])
    house.supervisor.write("api", "afterwards")
    expect(lines(log)).to_have_text(["first", "second", "meanwhile 1", "meanwhile 2", "afterwards"])


def test_a_log_that_missed_too_much_begins_anew_with_the_latest_lines(
    house: House, log: Locator, wire: Wire, page: Page
) -> None:
    wire.cut()
    expect(page.locator("#connection")).to_have_text("Disconnected")
    for number in range(2 * DROPPABLE_LENGTH):  # more than is kept for those who come back
        house.supervisor.write("api", f"meanwhile {number}")
    wire.mend()
    expect(page.locator(".log-status")).to_have_text(f"Following; {2 * DROPPABLE_LENGTH + 2} lines")
    expect(lines(log).last).to_have_text(f"meanwhile {2 * DROPPABLE_LENGTH - 1}")


def test_what_a_process_writes_is_shown_as_text(house: House, log: Locator, page: Page) -> None:
    house.supervisor.write("api", "<img src=x onerror=owned=1>")
    expect(lines(log).last).to_have_text("<img src=x onerror=owned=1>")
    expect(page.locator("#logs img")).to_have_count(0)


def test_the_log_of_a_process_that_nobody_knows_says_so(gateway: Gateway, page: Page) -> None:
    page.goto(f"{gateway.link()}#logs/nobody")
    expect(page.locator("#logs")).to_contain_text("The log cannot be shown")
    expect(page.locator("#logs")).to_contain_text("nobody")
