"""Every view of the status panel as axe-core sees it, in both themes, on a wide screen and on a narrow one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from native_runtime.processes.crash_report import CrashReport, write_report
from native_runtime.processes.state import ChildState
from native_runtime.queue.batch_record import NewBatch
from native_runtime.queue.driver import Finish
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from tests.support.file_house import FileHouse
from tests.support.gateway_house import child

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from native_runtime.gateway import Gateway

pytestmark = pytest.mark.browser

VIEWS = {  # and what stands there once it is loaded
    "overview": "#queues tbody tr",
    "jobs": "#jobs tbody tr:not(.blank)",
    "batches": "#batches tbody tr:not(.blank)",
    "failed": "#failed tbody tr:not(.blank)",
    "crashes": "#crashes .card",
    "logs/api": "#logs .log-line[data-kind=err]",
    "config": ".editor-problems li",
}
SCREENS = {"wide": (1280, 900), "narrow": (320, 700)}


@pytest.fixture
def house(tmp_path: Path) -> FileHouse:
    """Something of everything."""
    house = FileHouse(tmp_path)
    house.path.write_text("[runtime]\napp = 'Desk'\n[workers.images]\nmemmory = 64\n")
    now = house.clock.epoch()
    house.driver.push(
        [NewJob(id=f"job {n}", name="app.jobs.thumbnail", queue="images") for n in range(4)], now=now
    )
    running, *others = house.driver.claim(["images"], worker="images:1@1.a", limit=3, now=now)
    house.driver.set_progress(running.id, token=running.token, progress=0.4, note="half")
    ends = [
        Finish(job_id=each.id, token=each.token, outcome=JobState.FAILED, error="ValueError: no", traceback="Trace")
        for each in others
    ]  # fmt: skip
    house.driver.settle(ends, now=now)
    house.driver.batches.push(
        NewBatch(id="b", jobs=(NewJob(name="app.jobs.x", queue="other"),), name="B"), now=now
    )
    house.driver.pause("other")
    house.supervisor.add(child("sync", ChildState.CRASH_LOOPING), child("encode", ChildState.STOPPED))
    house.supervisor.write("api", "a line")
    house.supervisor.write("api", "a warning", is_error=True)
    report = CrashReport(
        id="20260101-api", child="api", reason="crashed", exit_code=3, signal=None, detail="exit code 3",
        at="2026-01-01T12:00:00+00:00", pid=1, uptime=2.0, output=("last words",), memory=((0.0, 1), (1.0, 2)),
        traceback="Traceback …",
    )  # fmt: skip
    write_report(house.folders.crashes, report)
    return house


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, each with where."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {json.dumps([node['target'] for node in each['nodes']])}"
        for each in found
    ]


def show(page: Page, theme: str, screen: str) -> None:
    width, height = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")


def open_view(page: Page, gateway: Gateway, view: str, theme: str, screen: str) -> None:
    show(page, theme, screen)
    page.goto(f"{gateway.link()}#{view}")
    expect(page.locator("#connection")).to_have_text("Live")
    expect(page.locator(VIEWS[view]).first).to_be_visible()


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_no_view_has_a_violation(gateway: Gateway, page: Page, view: str, theme: str, screen: str) -> None:
    open_view(page, gateway, view, theme, screen)
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_dialogs_reports_and_notices_have_no_violation(gateway: Gateway, page: Page, theme: str) -> None:
    open_view(page, gateway, "crashes", theme, "wide")
    page.locator("summary").click()
    expect(page.get_by_role("region", name="Last output")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{gateway.url}#failed")
    page.get_by_role("button", name="Details of failed job").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Retry job").first.click()
    expect(page.locator(".notice")).to_be_visible()
    page.get_by_role("button", name="Delete all").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_api_reference_has_no_violation(gateway: Gateway, page: Page, theme: str, screen: str) -> None:
    show(page, theme, screen)
    page.goto(gateway.link("/api"))
    for address in ("/api/jobs/{id}/cancel", "/api/status"):
        page.locator("summary", has_text=address).first.click()
    page.locator("#JobDetail summary").click()
    expect(page.get_by_role("table", name="Keys")).to_contain_text("traceback")
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_that_lost_the_app_has_no_violation(gateway: Gateway, page: Page, theme: str) -> None:
    open_view(page, gateway, "overview", theme, "wide")
    gateway.stop()
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    assert violations(page) == []
