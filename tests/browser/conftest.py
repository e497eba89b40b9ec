"""A real browser in front of a real gateway; only the children and workers behind it pretend."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect, sync_playwright

from tests.support.gateway_house import House
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from native_runtime.gateway import Gateway

DEADLINE = 60_000  # milliseconds

expect.set_options(timeout=DEADLINE)  # for all tests of this run, wherever it is said


@pytest.fixture(scope="module")  # no longer: Playwright keeps this thread's event loop running
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        # Whoever runs all checks must not take for tested what was not.
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs a Chromium: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, timeout=DEADLINE)
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
        self._page = page
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

    def wait_for(self, count: int) -> None:
        """Wait until so many have been made, and no more."""
        wait_until(lambda: self._count() >= count)
        assert len(self.addresses) == count

    def _count(self) -> int:
        self._page.wait_for_timeout(20)  # what the page does is told while it is asked for something
        return len(self.addresses)

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
