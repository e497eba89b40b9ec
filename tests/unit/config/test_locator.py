"""Line and column of every key, whatever way TOML allows to write it."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.workers.locator import Locator, Position

if TYPE_CHECKING:
    from native_runtime.workers.problem import KeyPath

KEYS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\x7f"), max_size=6
)
NAMES = st.one_of(st.from_regex(r"[a-z0-9_-]{1,5}", fullmatch=True), KEYS)
BLANK = st.sampled_from(["", "", " ", "\t "])
GAP = st.sampled_from(["", " ", "\n", "\r\n", ' # a = [b] "c\n', "\n\n\t"])
TEXTS = st.sampled_from(
    ['""', "''", '"a # b"', "'] = {'", '"\\" , \\\\"', '"""a\n"b" = [\n"""', "'''\n[c]\n''d'''", '""""x"""""']
)
PLAIN = st.sampled_from(["0", "-1.5e3", "true", "nan", "1979-05-27 07:32:00", "2020-01-01T00:00:00Z"])


class Page:
    """A file being written, which remembers where it put each key."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.places: dict[KeyPath, Position] = {}

    def here(self) -> Position:
        text = self.text.replace("\r\n", "\n")
        return Position(text.count("\n") + 1, len(text) - text.rfind("\n"))

    def key(self, path: KeyPath, name: str) -> KeyPath:
        self.text += self.draw(BLANK)
        self.places.setdefault((*path, name), self.here())
        styles = [json.dumps(name, ensure_ascii=False)]
        if re.fullmatch(r"[A-Za-z0-9_-]+", name):
            styles.append(name)
        if "'" not in name:
            styles.append(f"'{name}'")
        self.text += self.draw(st.sampled_from(styles)) + self.draw(BLANK)
        return (*path, name)

    def dotted_key(self, path: KeyPath, names: list[str]) -> KeyPath:
        for index, name in enumerate(names):
            self.text += "." if index else ""
            path = self.key(path, name)
        return path

    def pairs(self, path: KeyPath, depth: int, separator: str, *, gap: st.SearchStrategy[str]) -> None:
        names = self.draw(st.lists(NAMES, max_size=3, unique=True))
        for index, name in enumerate(names):
            self.text += separator if index else ""
            self.text += self.draw(gap)
            dotted = [name, *self.draw(st.lists(NAMES, max_size=2))]
            full = self.dotted_key(path, dotted)
            self.text += "=" + self.draw(BLANK)
            self.value(full, depth)

    def value(self, path: KeyPath, depth: int) -> None:
        kind = self.draw(st.sampled_from(["text", "plain", "array", "table"] if depth else ["text", "plain"]))
        if kind == "array":
            self.text += "["
            for index in range(self.draw(st.integers(0, 3))):
                self.text += self.draw(GAP)
                self.places[*path, index] = self.here()
                self.value((*path, index), depth - 1)
                self.text += self.draw(GAP) + ","
            self.text += self.draw(GAP) + "]"
        elif kind == "table":
            self.text += "{" + self.draw(BLANK)
            self.pairs(path, depth - 1, ",", gap=BLANK)
            self.text += self.draw(BLANK) + "}"
        else:
            self.text += self.draw(TEXTS if kind == "text" else PLAIN)


@st.composite
def pages(draw: st.DrawFn) -> Page:
    page = Page(draw)
    page.pairs((), 2, "\n", gap=GAP)
    page.text += "\n"
    taken = {path[0] for path in page.places}
    for name in draw(st.lists(NAMES.filter(lambda name: name not in taken), max_size=3, unique=True)):
        page.text += draw(GAP)
        for index in range(draw(st.integers(0, 2))):  # an array of tables, or none
            page.places[name, index] = page.here()
            page.text += "[["
            page.key((), name)
            page.text += f"]]{draw(GAP)}\n"
            page.pairs((name, index), 2, "\n", gap=GAP)
            page.text += "\n"
        if (name, 0) not in page.places:
            page.text += "["
            path = page.dotted_key((), [name, *draw(st.lists(NAMES, max_size=2))])
            page.text += f"]{draw(GAP)}\n"
            page.pairs(path, 2, "\n", gap=GAP)
            page.text += "\n"
    return page


@given(pages())
def test_every_key_of_a_generated_file_is_found_where_it_was_written(page: Page) -> None:
    tomllib.loads(page.text)  # the generator only writes valid files
    locator = Locator(page.text)
    assert {path: locator.position(path) for path in page.places} == page.places


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("runtime",), 2, 2),
        (("runtime", "app"), 3, 1),
        (("workers",), 5, 2),
        (("workers", "my mail"), 5, 10),
        (("workers", "my mail", "queues"), 6, 3),
        (("workers", "my mail", "queues", 1), 8, 5),
        (("workers", "my mail", "processes", "max"), 10, 27),
        (("workers", "my mail", "restart", "delay"), 11, 13),
    ],
)
def test_position_of_a_key_in_a_usual_file(path: KeyPath, line: int, column: int) -> None:
    text = (
        '# [workers.x]\n[runtime]\napp = "a # b"\n\n[workers."my mail"] # here\n  queues = [ # two\n'
        '    "a", # ]\n    "b",\n  ]\n  processes = { min = 1,  max = 2 }\n  restart . delay = 3\n'
    )
    assert Locator(text).position(path) == Position(line, column)


def test_position_of_what_is_not_there_is_its_nearest_parents() -> None:
    locator = Locator("[a]\n\n[b]\nc = 1")
    assert locator.position(("b", "missing", "deeper")) == Position(3, 2)
    assert locator.position(("x",)) == Position(1, 1)


def test_tables_below_an_array_of_tables_belong_to_its_latest() -> None:
    locator = Locator("[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n[[a.e]]\nf = 4\n")
    assert locator.position(("a", 0, "b")) == Position(2, 1)
    assert locator.position(("a", 1, "b")) == Position(4, 1)
    assert locator.position(("a", 1, "c", "d")) == Position(6, 1)
    assert locator.position(("a", 1, "e", 0, "f")) == Position(8, 1)
