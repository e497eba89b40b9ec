"""What the status panel shows while it loads, when it cannot, and when there is nothing; and what it asks before it acts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from native_runtime.queue.driver import Finish
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

    from native_runtime.gateway import Gateway
    from tests.support.gateway_house import House

pytestmark = pytest.mark.browser

EMPTY = {
    "jobs": "Nothing dispatched yet",
    "batches": "No batches",
    "failed": "No failed jobs",
    "crashes": "No crashes",
    "logs": "Nothing written yet",
    "config": "No file to edit",
}


def fail(house: House, *ids: str) -> None:
    """Let these jobs fail, and whatever else waits."""
    now = house.clock.epoch()
    house.driver.push([NewJob(id=each, name="app.jobs.thumbnail", queue="images") for each in ids], now=now)
    claims = house.driver.claim(["images"], worker="images:1@1.a", limit=100, now=now)
    ends = [
        Finish(job_id=each.id, token=each.token, outcome=JobState.FAILED, error="ValueError: no")
        for each in claims
    ]
    house.driver.settle(ends, now=now)


@pytest.mark.parametrize("view", EMPTY)
def test_an_empty_view_says_what_would_stand_there(gateway: Gateway, page: Page, view: str) -> None:
    page.goto(f"{gateway.link()}#{view}")
    expect(page.locator(f"[data-view={view}] .empty").filter(visible=True)).to_contain_text(EMPTY[view])


def test_a_list_that_is_on_its_way_is_busy_until_it_is_there(
    house: House, gateway: Gateway, page: Page
) -> None:
    fail(house, "a")
    go_on, held = threading.Event(), []

    def hold(route: Route) -> None:
        if go_on.is_set():
            route.continue_()
        else:
            held.append(route)

    page.route("**/api/jobs?*", hold)
    page.goto(f"{gateway.link()}#failed")
    expect(page.locator("#failed")).to_have_attribute("aria-busy", "true")
    expect(page.get_by_text("No failed jobs")).to_be_hidden()
    expect(page.locator("body")).to_have_attribute("data-loaded", "yes")

    def is_held() -> bool:
        page.wait_for_timeout(20)  # what the page asks for is handed out meanwhile
        return bool(held)

    wait_until(is_held)
    go_on.set()
    for route in held:
        route.continue_()
    expect(page.locator("#failed")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#failed")).to_contain_text("ValueError: no")


def test_what_cannot_be_loaded_is_told_in_its_place_and_can_be_tried_again(
    house: House, gateway: Gateway, page: Page
) -> None:
    fail(house, "a")
    asked = []

    def refuse(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=503, json={"error": "the disk is gone"})

    page.route("**/api/jobs?*", refuse)
    page.goto(f"{gateway.link()}#jobs")
    trouble = page.locator("[data-view=jobs]").get_by_role("alert")
    expect(trouble).to_contain_text("the disk is gone")
    with page.expect_response("**/api/jobs?*"):  # which `refuse` has given
        trouble.get_by_role("button", name="Try again").click()
    assert len(asked) > 1
    page.unroute("**/api/jobs?*")
    expect(trouble).to_be_hidden()
    expect(page.locator("#jobs")).to_contain_text("ValueError: no")


def test_a_status_that_cannot_be_loaded_is_told(gateway: Gateway, page: Page) -> None:
    page.route("**/api/status", lambda route: route.fulfill(status=500, json={"error": "it broke"}))
    page.goto(gateway.link())
    expect(page.get_by_role("alert").filter(has_text="it broke")).to_be_visible()
    with page.expect_request("**/api/status"):
        page.get_by_role("button", name="Try again").click()
    page.unroute("**/api/status")
    expect(page.locator("#health")).to_have_text("Healthy")
    expect(page.get_by_role("alert").filter(has_text="it broke")).to_be_hidden()


def test_half_an_answer_is_none_and_is_asked_for_again(gateway: Gateway, page: Page) -> None:
    half = '{"runtime": {"app": "Photo'
    page.route(
        "**/api/status",
        lambda route: route.fulfill(status=200, body=half, content_type="application/json"),
        times=1,
    )
    page.goto(gateway.link())
    expect(page.locator("#health")).to_have_text("Healthy")


def test_retrying_and_deleting_all_failed_jobs_ask_first(house: House, gateway: Gateway, page: Page) -> None:
    fail(house, "a", "b")
    page.goto(f"{gateway.link()}#failed")
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Delete all").click()
    expect(dialog).to_contain_text("Delete 2 failed jobs?")
    page.keyboard.press("Enter")  # the button that keeps them has the focus
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Retry all").click()
    expect(dialog).to_contain_text("Run 2 failed jobs again?")
    dialog.get_by_role("button", name="Retry jobs").click()
    expect(page.get_by_text("No failed jobs")).to_be_visible()
    assert house.driver.counts(now=house.clock.epoch())[0].ready == 2
    fail(house, "c")
    page.reload()
    page.get_by_role("button", name="Delete all").click()
    dialog.get_by_role("button", name="Delete jobs").click()
    expect(page.get_by_text("No failed jobs")).to_be_visible()
    assert house.driver.find("c") is None


def test_keyboard_skips_to_the_content_and_finds_every_act(gateway: Gateway, page: Page) -> None:
    page.goto(gateway.link())
    expect(page.get_by_role("button", name="Restart images:1", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    reached = set()
    while "Stop the app…" not in reached:
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.ariaLabel || document.activeElement.textContent")
        assert focused not in reached
        reached.add(focused)
    buttons = page.locator("main button:visible:enabled, main a:visible").all()
    named = {each.get_attribute("aria-label") or each.inner_text() for each in buttons}
    assert named <= reached


def test_another_view_begins_at_its_top_and_the_first_is_found_again_where_it_was(
    house: House, gateway: Gateway, page: Page
) -> None:
    fail(house, *(f"job {number}" for number in range(60)))
    page.set_viewport_size({"width": 320, "height": 600})
    page.goto(f"{gateway.link()}#failed")
    expect(page.locator("#failed tbody tr").first).to_be_visible()
    page.evaluate("scrollTo(0, 900)")
    page.evaluate("location.hash = '#jobs'")
    expect(page.locator("#jobs tbody tr").first).to_be_visible()
    assert page.evaluate("scrollY") == 0
    expect(page.get_by_role("link", name="Jobs", exact=True)).to_be_in_viewport()
    page.evaluate("location.hash = '#failed'")
    wait_until(lambda: page.evaluate("scrollY") == 900)
