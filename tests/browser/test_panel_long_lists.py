"""Lists of any length in the status panel: 100,000 failed jobs in a real store, and a thousand processes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from native_runtime.processes.state import ChildState
from native_runtime.queue.driver import Finish
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.events import JobsRemoved
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from tests.support.gateway_house import House, child

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from native_runtime.gateway import Gateway
    from native_runtime.queue.driver import QueueDriver

pytestmark = pytest.mark.browser

MANY = 100_000
STEP = 5_000
MOST_ROWS = 80  # in the document at once, whatever the list's length

# Scrolls through the whole list and back, a screen's height and more a frame; tells the most rows seen in one frame.
SCROLL_THROUGH = """async () => {
  let most = 0;
  const frame = () => new Promise(requestAnimationFrame);
  const end = document.documentElement.scrollHeight;
  for (const [from, to] of [[0, end], [end, 0]]) {
    for (let step = 0; step <= 60; step += 1) {
      scrollTo(0, from + ((to - from) * step) / 60);
      await frame();
      most = Math.max(most, document.querySelectorAll("#failed tbody tr").length);
    }
  }
  return most;
}"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDriver]:
    """A real store with a great many failed jobs; tests leave them there."""
    driver = SqliteDriver(tmp_path_factory.mktemp("store") / "jobs.db", owner=True)
    for start in range(0, MANY, STEP):
        fail(driver, [f"thumb:{number}" for number in range(start, start + STEP)])
    yield driver
    driver.close()


def fail(driver: QueueDriver, ids: list[str]) -> None:
    jobs = [NewJob(id=each, name="app.jobs.thumbnail", queue="images", tries=1) for each in ids]
    driver.push(jobs, now=1_000.0)
    claims = driver.claim(["images"], worker="images:1@1.a", limit=len(ids), now=1_000.0)
    error = "ValueError: not a photo"
    ends = [
        Finish(job_id=each.id, token=each.token, outcome=JobState.FAILED, error=f"{error}: {each.id}")
        for each in claims
    ]
    driver.settle(ends, now=1_001.0)


@pytest.fixture
def house(tmp_path: Path, store: SqliteDriver) -> House:
    return House(tmp_path, driver=store)


@pytest.fixture
def failed(gateway: Gateway, page: Page) -> Locator:
    """The list of failed jobs, shown."""
    page.goto(f"{gateway.link()}#failed")
    grid = page.get_by_role("grid", name="Failed jobs")
    expect(grid).to_have_attribute("aria-rowcount", str(MANY + 1))
    expect(details(page, MANY - 1)).to_be_visible()
    return grid


def details(page: Page, number: int) -> Locator:
    return page.get_by_role(
        "button", name=f"Details of failed job app.jobs.thumbnail, thumb:{number}", exact=True
    )


def test_a_hundred_thousand_failed_jobs_are_scrolled_with_a_screenful_in_the_document(
    failed: Locator, page: Page
) -> None:
    assert page.evaluate(SCROLL_THROUGH) <= MOST_ROWS
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last = failed.get_by_role("row").filter(has=details(page, 0))
    expect(last).to_be_in_viewport()
    expect(last).to_have_attribute("aria-rowindex", str(MANY + 1))
    expect(last).to_contain_text("ValueError: not a photo: thumb:0")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
    expect(failed.locator(".blank")).to_have_count(0)
    assert failed.locator("tbody tr").count() <= MOST_ROWS


def test_a_hundred_thousand_failed_jobs_fit_on_a_narrow_screen_too(failed: Locator, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    expect(failed).to_be_visible()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    beyond = page.get_by_text("search for the others")
    expect(details(page, 0).or_(beyond)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_arrows_lead_through_the_whole_list_and_tab_leads_out_of_it(failed: Locator, page: Page) -> None:
    failed.get_by_role("button", name="Details").first.focus()
    page.keyboard.press("ArrowDown")
    expect(details(page, MANY - 2)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name=f"Retry job thumb:{MANY - 2}", exact=True)).to_be_focused()
    page.keyboard.press("End")
    last = page.get_by_role("button", name="Retry job thumb:0", exact=True)
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()
    page.keyboard.press("PageUp")
    expect(last).not_to_be_focused()
    page.keyboard.press("Home")
    expect(page.get_by_role("button", name=f"Retry job thumb:{MANY - 1}", exact=True)).to_be_focused()
    page.keyboard.press("Tab")  # the next control of the row
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="API reference")).to_be_focused()


def test_focus_stays_in_its_row_when_that_is_scrolled_out_of_sight(failed: Locator, page: Page) -> None:
    details(page, MANY - 3).focus()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 3)")
    expect(failed.locator(".blank")).to_have_count(0)
    expect(details(page, MANY - 1)).to_have_count(0)
    expect(details(page, MANY - 3)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(details(page, MANY - 4)).to_be_focused()
    expect(details(page, MANY - 4)).to_be_in_viewport()


def test_what_is_read_stays_in_place_when_others_fail(
    house: House, store: SqliteDriver, failed: Locator, page: Page
) -> None:
    page.evaluate("scrollTo(0, 30_000)")
    expect(failed.locator("tr[aria-rowindex='580']:not(.blank)")).to_be_visible()
    before = in_sight(page)
    fail(store, ["new:1", "new:2", "new:3"])
    house.bus.publish(JobsRemoved(count=0, origin="test"))  # tells the page to look
    expect(failed).to_have_attribute("aria-rowcount", str(MANY + 4))
    expect(failed.locator("tbody tr").first).to_have_attribute("aria-rowindex", re.compile(r"\d+"))
    assert in_sight(page) == before
    for each in ("new:1", "new:2", "new:3"):
        page.get_by_role("searchbox", name="Text").fill(each)
        page.get_by_role("button", name=f"Delete job {each}", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Delete job", exact=True).click()
        expect(page.locator("#failed").get_by_text("Nothing matches")).to_be_visible()
    assert store.find("new:1") is None


def in_sight(page: Page) -> str:
    """What the row says that stands in the middle of the window."""
    text = page.evaluate(
        "document.elementFromPoint(200, innerHeight / 2).closest('tr').querySelector('th').innerText"
    )
    assert isinstance(text, str)
    return text


def test_search_finds_one_of_a_hundred_thousand(failed: Locator, page: Page) -> None:
    page.get_by_role("searchbox", name="Text").fill("thumb:4242")
    expect(details(page, 4242)).to_be_visible()
    expect(failed).to_have_attribute(
        "aria-rowcount", "12"
    )  # thumb:4242 and thumb:42420 to thumb:42429, and the headings
    page.get_by_role("searchbox", name="Text").fill("no such thing")
    expect(page.locator("#failed").get_by_text("Nothing matches")).to_be_visible()


def test_a_retried_job_leaves_the_list_and_the_keyboard_goes_on_with_the_next(
    store: SqliteDriver, failed: Locator, page: Page
) -> None:
    page.get_by_role("button", name=f"Retry job thumb:{MANY - 5}", exact=True).press("Enter")
    expect(failed).to_have_attribute("aria-rowcount", str(MANY))
    expect(page.get_by_role("button", name=f"Retry job thumb:{MANY - 6}", exact=True)).to_be_focused()
    (claim,) = store.claim(["images"], worker="images:1@1.a", limit=1, now=2_000.0)
    end = Finish(job_id=claim.id, token=claim.token, outcome=JobState.FAILED, error="ValueError: again")
    store.settle([end], now=2_001.0)


def test_a_thousand_processes_are_listed_with_a_screenful_in_the_document(
    house: House, gateway: Gateway, page: Page
) -> None:
    house.supervisor.add(*(child(f"encode-{number}", ChildState.RUNNING) for number in range(1_000)))
    page.goto(gateway.link())
    table = page.get_by_role("table", name="Workers and processes")
    expect(page.get_by_role("button", name="Restart encode-0", exact=True)).to_be_visible()
    expect(table).to_have_attribute("aria-rowcount", str(1 + 2 + 2 + 1 + 1_000))
    assert table.locator("tbody tr").count() <= MOST_ROWS
    last = page.get_by_role("button", name="Restart encode-999", exact=True)
    page.locator("#queues").scroll_into_view_if_needed()
    expect(last).to_be_visible()
    assert table.locator("tbody tr").count() <= MOST_ROWS
