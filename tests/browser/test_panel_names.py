"""Names that others chose, however odd: shown as text in every view, and acted upon as what they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from native_runtime.processes.crash_report import CrashReport, write_report
from native_runtime.processes.state import ChildState
from native_runtime.queue.batch_record import NewBatch
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from tests.support.gateway_house import child
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from native_runtime.gateway import Gateway
    from tests.support.gateway_house import House

pytestmark = pytest.mark.browser

NAMES = {
    "markup": "<img src=x onerror=owned=1>",
    "quotes": "it's \"so\" `${called}` &amp; 'more'",
    "address": "50% of a?b#c=d&e\\f + g",
    "emoji": "🦊👩\u200d🚀 ☂",
    "from the right": "שלום \u202eevil",
}


@pytest.fixture(params=NAMES.values(), ids=list(NAMES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def panel(house: House, gateway: Gateway, page: Page, name: str) -> Page:
    """The panel of an app in which everything has this name."""
    now = house.clock.epoch()
    house.driver.push([NewJob(id=name, name=name, queue=name)], now=now)
    house.driver.batches.push(
        NewBatch(id="batch-1", jobs=(NewJob(name=name, queue=name),), name=name), now=now
    )
    house.supervisor.add(child(name, ChildState.RUNNING))
    house.supervisor.write(name, name)
    report = CrashReport(
        id="20260101-odd", child=name, reason="crashed", exit_code=3, signal=None, detail=name,
        at="2026-01-01T12:00:00+00:00", pid=1, uptime=2.0, output=(name,), traceback=name,
    )  # fmt: skip
    write_report(house.folders.crashes, report)
    page.goto(gateway.link())
    expect(page.locator("#connection")).to_have_text("Live")
    return page


def go(page: Page, view: str) -> None:
    page.locator(f".tabs a[href='#{view}']").click()


def expect_no_markup(page: Page) -> None:
    """Nothing that was shown became part of the page."""
    assert page.evaluate("typeof owned") == "undefined"
    expect(page.locator("main img, dialog img, .notice img")).to_have_count(0)


def test_a_process_is_shown_asked_about_and_stopped(house: House, panel: Page, name: str) -> None:
    expect(panel.locator("#workers .title").get_by_text(name, exact=True)).to_be_visible()
    panel.get_by_role("button", name=f"Stop {name}", exact=True).click()
    dialog = panel.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("Stop ")
    expect_no_markup(panel)
    dialog.get_by_role("button", name="Stop", exact=True).click()
    expect(panel.locator(".notice")).to_contain_text("has stopped")
    assert [asked[:2] for asked in house.supervisor.asked] == [("stop", name)]
    expect_no_markup(panel)


def test_a_log_has_an_address_of_its_own(panel: Page, name: str) -> None:
    panel.get_by_role("link", name=f"Log of {name}", exact=True).click()
    expect(panel.get_by_role("log", name=f"Output of {name}", exact=True)).to_contain_text(name)
    address = quote(name, safe="!'()*-._~")
    expect(panel).to_have_url(re.compile(f"{re.escape(f'#logs/{address}')}$"))
    panel.reload()
    expect(panel.get_by_role("log", name=f"Output of {name}", exact=True)).to_contain_text(name)
    assert panel.get_by_role("combobox", name="Process").input_value() == name
    expect_no_markup(panel)


def test_a_queue_that_something_else_has_stored_is_shown_and_why_it_cannot_be_paused(
    house: House, panel: Page, name: str
) -> None:
    expect(panel.locator("#queues .title").get_by_text(name, exact=True)).to_be_visible()
    panel.get_by_role("button", name=f"Pause queue {name}", exact=True).click()
    expect(panel.locator(".notice")).to_contain_text("queue: expected a name of 1 to 128 letters")
    assert not any(each.paused for each in house.driver.counts(now=house.clock.epoch()))
    expect_no_markup(panel)


def test_a_job_is_found_read_and_cancelled(house: House, panel: Page, name: str) -> None:
    go(panel, "jobs")
    panel.get_by_role("combobox", name="Queue").select_option(name)
    panel.get_by_role("button", name=f"Details of job {name}, {name}", exact=True).click()
    expect(panel.get_by_role("dialog").locator("dd").first).to_have_text(name)
    expect_no_markup(panel)
    panel.keyboard.press("Escape")
    panel.get_by_role("button", name=f"Cancel job {name}", exact=True).click()
    expect_no_markup(panel)
    panel.get_by_role("dialog").get_by_role("button", name="Cancel job", exact=True).click()

    def is_cancelled() -> bool:
        job = house.driver.find(name)
        return job is not None and job.state is JobState.CANCELLED

    wait_until(is_cancelled)


def test_a_batch_and_a_crash_report_are_read(panel: Page, name: str) -> None:
    go(panel, "batches")
    panel.get_by_role("button", name=f"Details of batch {name}", exact=True).click()
    expect(panel.get_by_role("dialog").get_by_role("heading").first).to_have_text(name)
    expect_no_markup(panel)
    panel.keyboard.press("Escape")
    go(panel, "crashes")
    panel.locator("summary").click()
    expect(panel.get_by_role("region", name="Last output")).to_have_text(name)
    expect(panel.get_by_role("link", name=f"Log of {name}", exact=True)).to_be_visible()
    expect_no_markup(panel)


def test_a_name_that_turns_the_line_around_turns_only_itself(
    house: House, gateway: Gateway, page: Page
) -> None:
    house.supervisor.add(child("שלום \u202eevil", ChildState.RUNNING))
    page.goto(gateway.link())
    page.get_by_role("button", name="Restart שלום \u202eevil", exact=True).click()
    expect(page.locator(".notice span")).to_have_text("\u2068שלום evil\u2069 restarts")
