"""A real browser in front of a real gateway; only the children and workers behind it pretend."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.gateway_house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from native_runtime.gateway import Gateway

DEADLINE = 60_000  # milliseconds


@pytest.fixture(scope="module")  # no longer: Playwright keeps this thread's event loop running
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("needs a Chromium: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        yield browser
        browser.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def gateway(house: House) -> Iterator[Gateway]:
    with house.serving() as gateway:
        yield gateway


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails its test if a script fails or the security policy blocks something."""
    complaints: list[str] = []
    context = browser.new_context()
    context.set_default_timeout(DEADLINE)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield page
    context.close()
    assert complaints == []
