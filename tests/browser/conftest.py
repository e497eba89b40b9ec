"""A real browser in front of a real gateway; only the children and workers behind it pretend."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, sync_playwright

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
        # Whoever runs all checks must not take for tested what was not.
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs a Chromium: apt install chromium")
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


class Wire:
    """The page's connections for events, which a test may cut and mend. Made before the page is opened."""

    def __init__(self, page: Page) -> None:
        self.addresses: list[str] = []
        self._sockets: list[WebSocketRoute] = []
        self._is_cut = False
        page.route_web_socket("**/api/events*", self._carry)

    def cut(self) -> None:
        """End them, and let none be made."""
        self._is_cut = True
        for socket in self._sockets:
            socket.close(code=1013)
        self._sockets.clear()

    def mend(self) -> None:
        """Let them be made again."""
        self._is_cut = False

    def _carry(self, socket: WebSocketRoute) -> None:
        if self._is_cut:
            socket.close(code=1013)
            return
        self.addresses.append(socket.url)
        self._sockets.append(socket)
        socket.connect_to_server()


@pytest.fixture
def wire(page: Page) -> Wire:
    return Wire(page)


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
