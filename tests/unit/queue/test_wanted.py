from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.queue.wanted import KINDS, NOTHING, Wanted, reader, write

if TYPE_CHECKING:
    from pathlib import Path

ANY = st.frozensets(st.sampled_from(KINDS))


def test_whoever_has_the_page_reads_at_once_what_is_written(tmp_path: Path) -> None:
    page = tmp_path / "wanted"
    write(page, NOTHING)
    tell = reader(page)
    assert tell() == NOTHING
    for wanted in (Wanted(frozenset({"started"})), Wanted(brief=frozenset(KINDS)), NOTHING):
        write(page, wanted)
        assert tell() == wanted == tell()


@given(all_of=ANY, brief=ANY)
def test_everything_can_be_wanted(
    tmp_path_factory: pytest.TempPathFactory, all_of: frozenset[str], brief: frozenset[str]
) -> None:
    page = tmp_path_factory.mktemp("page") / "wanted"
    write(page, Wanted(all_of, brief))
    assert reader(page)() == Wanted(all_of, brief)


def test_without_a_page_nothing_is_wanted(tmp_path: Path) -> None:
    assert reader(tmp_path / "none")() == NOTHING


@pytest.mark.parametrize("content", [b"", b"NRwants1", b"another file of some length"])
def test_file_of_another_kind_is_no_page(tmp_path: Path, content: bytes) -> None:
    page = tmp_path / "wanted"
    page.write_bytes(content)
    assert reader(page)() == NOTHING


def test_what_two_want_together_is_told_in_full_where_one_wants_all_of_it() -> None:
    one, other = (
        Wanted(frozenset({"failed"}), frozenset({"started"})),
        Wanted(brief=frozenset({"failed", "queued"})),
    )
    assert (
        one.joined(other)
        == other.joined(one)
        == Wanted(frozenset({"failed"}), frozenset({"started", "queued"}))
    )
    assert one.any == {"failed", "started"}
