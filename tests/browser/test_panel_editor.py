"""Editing workers.toml in the status panel as a person does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, Page, expect

from native_runtime import ConfigFile
from tests.support.file_house import TEXT, FileHouse
from tests.support.gateway_house import House

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from native_runtime.gateway import Gateway

pytestmark = pytest.mark.browser


@pytest.fixture
def house(tmp_path: Path) -> FileHouse:
    return FileHouse(tmp_path)


@pytest.fixture
def editor(gateway: Gateway, page: Page) -> Locator:
    page.goto(f"{gateway.link()}#config")
    area = page.get_by_label("Text of workers.toml")
    expect(area).to_have_value(TEXT)
    return area


@pytest.fixture
def code_page(tmp_path: Path, page: Page) -> Iterator[Page]:
    """The panel of an app that was configured in code."""
    with House(tmp_path).serving() as gateway:
        page.goto(f"{gateway.link()}#config")
        yield page


def test_an_edit_is_saved_and_the_file_has_it(house: FileHouse, page: Page, editor: Locator) -> None:
    save = page.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    editor.fill(TEXT.replace("64", "96"))
    save.click()
    expect(page.get_by_text("workers.toml is saved")).to_be_visible()
    expect(save).to_be_disabled()
    assert house.path.read_text() == TEXT.replace("64", "96")


def test_problems_are_shown_at_their_lines_while_typing(
    house: FileHouse, page: Page, editor: Locator
) -> None:
    editor.fill(TEXT.replace("memory", "memmory"))
    problems = page.get_by_role("status", name="Problems")
    expect(problems).to_contain_text("workers.images.memmory: unknown key; did you mean 'memory'?")
    expect(page.locator(".editor-bad")).to_have_text("6\n")
    expect(editor).to_have_attribute("aria-invalid", "true")
    problems.get_by_role("button", name="Line 6").click()
    expect(editor).to_be_focused()
    selected = "(area) => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert editor.evaluate(selected) == "memmory = 64"
    editor.fill(TEXT.replace("64", "65"))
    expect(problems).to_be_empty()
    assert house.path.read_text() == TEXT


def test_an_invalid_text_is_not_saved(house: FileHouse, page: Page, editor: Locator) -> None:
    editor.fill("[workers.images]\nmemory = -1\n")
    editor.press("Control+s")
    expect(page.get_by_text("Nothing was saved.")).to_be_visible()
    expect(page.get_by_role("status", name="Problems")).to_contain_text("expected a whole number")
    assert house.path.read_text() == TEXT


def test_a_file_that_somebody_else_changed_is_not_overwritten(
    house: FileHouse, page: Page, editor: Locator
) -> None:
    editor.fill(f"{TEXT}# typed here\n")
    ConfigFile(house.path).set("workers.images.memory", 80)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("changed by somebody else")).to_be_visible()
    assert house.path.read_text() == TEXT.replace("64", "80")
    page.get_by_role("button", name="Reload").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard my text").click()
    expect(editor).to_have_value(TEXT.replace("64", "80"))
    expect(page.get_by_text("changed by somebody else")).to_be_hidden()


def test_windows_line_ends_outlive_an_edit_in_the_browser(
    house: FileHouse, page: Page, editor: Locator
) -> None:
    house.path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    page.reload()
    expect(editor).to_have_value(TEXT)  # a text field shows every line end alike
    editor.fill(TEXT.replace("64", "96"))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("workers.toml is saved")).to_be_visible()
    assert house.path.read_bytes() == TEXT.replace("64", "96").replace("\n", "\r\n").encode()


def test_an_app_that_was_configured_in_code_has_nothing_to_edit(code_page: Page) -> None:
    expect(code_page.get_by_text("the app was configured in code")).to_be_visible()
    expect(code_page.get_by_label("Text of workers.toml")).to_be_hidden()
