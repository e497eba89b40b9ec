"""The page that shows the API, as a person meets it in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from native_runtime.gateway import Gateway

pytestmark = pytest.mark.browser


def test_every_address_is_shown_and_opens_with_what_it_answers(gateway: Gateway, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(gateway.link("/api"))
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    described = page.evaluate("fetch('/api/openapi.json').then((answer) => answer.json())")
    operations = sum(len(methods) for methods in described["paths"].values())
    cards = page.locator("#reference section:not(:last-child) details")
    expect(cards).to_have_count(operations + len(described["x-websockets"]))
    page.locator("summary", has_text="/api/jobs/{id}/cancel").click()
    expect(page.get_by_role("table", name="Answers")).to_contain_text(
        "A job is cancelled, or was asked to stop."
    )
    page.get_by_role("link", name="JobCancellation").click()
    expect(page.locator("#JobCancellation")).to_contain_text("while it has not heeded it yet")
    assert all(url.startswith(gateway.url) for url in asked)


def test_the_panel_leads_to_the_page_and_the_page_back_to_the_panel(gateway: Gateway, page: Page) -> None:
    page.goto(gateway.link())
    page.get_by_role("link", name="API reference").click()
    expect(page).to_have_title("API reference")
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    page.get_by_role("link", name="Status panel").click()
    expect(page.locator("#connection")).to_have_text("Live")


@pytest.mark.parametrize("width", [320, 768, 1280, 3840])
def test_nothing_sticks_out_sideways(gateway: Gateway, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(gateway.link("/api"))
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_page_is_for_those_with_the_secret(gateway: Gateway, page: Page) -> None:
    answer = page.request.get(f"{gateway.url}api")
    assert answer.status == 401
