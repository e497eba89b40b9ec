"""The desk's page in a browser, before the real program."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocket, WebSocketRoute, expect, sync_playwright

from app.sample_photos import Samples
from tests.support.desk_program import DeskProgram
from tests.support.processes import wait_until

CHROMIUM = shutil.which("chromium")
SOON = 60_000  # ms

expect.set_options(timeout=SOON)  # for all tests of this run, wherever it is said

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt install chromium"),
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskProgram]:
    with DeskProgram(tmp_path / "data", "--headless") as desk:
        yield desk
        assert desk.leave() == 0


@pytest.fixture
def page(desk: DeskProgram) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, timeout=SOON)
        page = browser.new_page(viewport={"width": 1360, "height": 860})
        page.set_default_timeout(SOON)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(desk.page)
        yield page
        browser.close()
        assert errors == []


def tiles(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Photos").get_by_role("option")


def add_folder(page: Page, folder: Path) -> None:
    page.get_by_role("button", name="Add folder…").first.click()
    page.get_by_label("Folder", exact=True).fill(str(folder))
    page.get_by_role("button", name="Add", exact=True).click()


def test_grid_fills_while_a_folder_is_read(page: Page, samples: Samples, tmp_path: Path) -> None:
    expect(page.get_by_role("heading", name="No photos yet")).to_be_visible()

    add_folder(page, samples.good[0].parent)

    expect(tiles(page)).to_have_count(len(samples.good), timeout=SOON)
    expect(page.get_by_role("tab", name="Photos 9")).to_be_visible()
    expect(page.get_by_role("tab", name="Not read 3")).to_be_visible()
    expect(page.get_by_role("tab", name="Lookalikes 1")).to_be_visible()
    page.screenshot(path=tmp_path / "grid.png")


def test_photo_is_reached_by_keyboard_and_shown_with_its_notes(page: Page, samples: Samples) -> None:
    add_folder(page, samples.good[0].parent)
    expect(tiles(page)).to_have_count(len(samples.good), timeout=SOON)

    tiles(page).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")

    detail = page.get_by_role("complementary", name="Photo", exact=True)
    second = tiles(page).nth(1)
    expect(detail.get_by_role("heading")).to_have_text(second.get_attribute("title") or "")
    for fact in ("Taken", "Camera", "Picture", "Folder"):
        expect(detail.get_by_text(fact, exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(second).to_be_focused()


def test_failure_is_told_and_retried(page: Page, samples: Samples, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "holiday.jpg").touch()
    add_folder(page, folder)
    page.get_by_role("tab", name="Not read 1").click()
    expect(page.get_by_text("holiday.jpg: the file is empty")).to_be_visible()

    shutil.copyfile(samples.good[0], folder / "holiday.jpg")
    page.get_by_role("button", name="Retry", exact=True).click()

    expect(page.get_by_role("heading", name="Everything was read")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("tab", name="Photos 1")).to_be_visible()


def test_page_needs_to_hear_no_more_than_that_something_changed(page: Page, samples: Samples) -> None:
    addresses: list[str] = []

    def retell(socket: WebSocketRoute) -> None:
        """Of each event nothing arrives but that there was one."""
        addresses.append(socket.url)
        server = socket.connect_to_server()
        server.on_message(lambda message: socket.send(nothing_but_its_place(str(message))))

    page.route_web_socket("**/api/events*", retell)
    page.reload()
    add_folder(page, samples.good[0].parent)

    expect(tiles(page)).to_have_count(len(samples.good), timeout=SOON)
    expect(page.get_by_role("region", name="Import")).to_be_hidden(timeout=SOON)
    page.get_by_role("tab", name="Not read 3").click()
    with page.expect_response("**/retry"):
        page.get_by_role("button", name="Retry", exact=True).first.press("Enter")
    # It was refused once more, may be tried again, and the keyboard is still there.
    expect(page.get_by_role("button", name="Retry", exact=True)).to_have_count(3, timeout=SOON)
    expect(page.get_by_role("button", name="Retry", exact=True).first).to_be_focused()
    assert all("brief=1" in address for address in addresses)


def nothing_but_its_place(message: str) -> str:
    event = json.loads(message)
    return message if event["type"] == "hello" else json.dumps({"type": "JobQueued", "seq": event["seq"]})


def test_many_files_are_told_in_fewer_messages(page: Page, tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(json.loads(frame)))

    def is_told(claim: Callable[[], object]) -> bool:
        page.wait_for_timeout(20)  # what the page received is handed out while it is asked for something
        return bool(claim())

    address = page.url
    page.goto("about:blank")  # the page before is not to be heard
    page.on("websocket", listen)
    page.goto(address)
    wait_until(lambda: is_told(lambda: heard))  # the greeting: of what happens from now on it is told
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number}.jpg").touch()
    add_folder(page, folder)

    expect(page.get_by_role("tab", name="Not read 400")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("region", name="Import")).to_be_hidden(timeout=SOON)

    # Whenever the page hears of something it asks for all there is, and so may show more than it was told.
    wait_until(lambda: is_told(lambda: photos_told(heard) >= 400))
    assert photos_told(heard) == 400
    assert sum(event["type"] == "PhotoRefused" for event in heard) < 400


def photos_told(heard: list[dict[str, Any]]) -> int:
    return sum(1 + event["skipped"] for event in heard if event["type"] == "PhotoRefused")


@pytest.mark.parametrize("width", [320, 768, 3840])
def test_nothing_sticks_out_sideways(page: Page, samples: Samples, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    add_folder(page, samples.good[0].parent)
    expect(page.get_by_role("tab", name="Not read 3")).to_be_visible(timeout=SOON)
    for view in ("Not read", "Lookalikes", "Photos"):
        page.get_by_role("tab", name=view).click()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_folder_that_is_not_there_is_refused_in_the_dialog(page: Page) -> None:
    add_folder(page, Path("/no such folder"))

    expect(page.get_by_role("alert")).to_have_text("/no such folder: there is no such folder")


def test_status_panel_is_one_click_away(page: Page) -> None:
    page.get_by_role("button", name="Status panel").click()

    panel = page.frame_locator("iframe[title='Status panel']")
    expect(panel.get_by_text("images:1").first).to_be_visible(timeout=SOON)
