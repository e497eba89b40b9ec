import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.cli.letters import harmless, has_all_letters


@given(st.text())
def test_text_of_others_holds_nothing_that_steers(text: str) -> None:
    shown = harmless(text)
    assert not [letter for letter in shown if unicodedata.category(letter) == "Cc" and letter not in "\n\t"]
    turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    assert not [letter for letter in shown if unicodedata.bidirectional(letter) in turning]


@given(st.text(st.characters(exclude_categories=["Cc", "Cf"])))
def test_letters_of_every_script_stay(text: str) -> None:
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\n\ttwo\r\nthree", "one\n\ttwo\nthree"),
        ("\x1b[31m", r"\x1b[31m"),
        ("over\rwritten\b\x00", r"over\rwritten\x08\x00"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\U0001f600 ünï", "\U0001f600 ünï"),
    ],
)
def test_what_steers_is_spelt_and_all_else_stays(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize(
    ("encoding", "has_all"),
    [
        ("utf-8", True),
        ("UTF8", True),
        ("cp1252", False),
        ("ascii", False),
        (None, False),
        ("unheard-of", False),
    ],
)
def test_utf_8_alone_has_all_letters(encoding: str | None, *, has_all: bool) -> None:
    assert has_all_letters(encoding) is has_all
