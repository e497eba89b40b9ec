from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.queue.wanted import KINDS, NOTHING, Wanted, WantedPage, WantedReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANY = st.frozensets(st.sampled_from(KINDS))


@pytest.fixture
def page(tmp_path: Path) -> Iterator[WantedPage]:
    made = WantedPage(tmp_path / "wanted")
    yield made
    made.close()
    made.close()


def test_whoever_has_the_page_reads_at_once_what_is_written(page: WantedPage, tmp_path: Path) -> None:
    page.write(NOTHING)
    reader = WantedReader(tmp_path / "wanted")
    assert reader.read() == NOTHING
    for wanted in (Wanted(frozenset({"started"})), Wanted(brief=frozenset(KINDS)), NOTHING):
        page.write(wanted)
        assert reader.read() == wanted == reader.read()


@given(all_of=ANY, brief=ANY)
def test_everything_can_be_wanted(
    tmp_path_factory: pytest.TempPathFactory, all_of: frozenset[str], brief: frozenset[str]
) -> None:
    path = tmp_path_factory.mktemp("page") / "wanted"
    page = WantedPage(path)
    page.write(Wanted(all_of, brief))
    assert WantedReader(path).read() == Wanted(all_of, brief)
    page.close()


def test_nothing_is_wanted_as_long_as_there_is_no_page(page: WantedPage, tmp_path: Path) -> None:
    reader = WantedReader(tmp_path / "wanted")
    assert reader.read() == NOTHING
    page.write(Wanted(frozenset({"failed"})))
    assert reader.read() == Wanted(frozenset({"failed"}))


@pytest.mark.parametrize("content", [b"", b"NRwants1", b"another file of some length"])
def test_file_of_another_kind_is_no_page_until_it_is_written(
    page: WantedPage, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "wanted").write_bytes(content)
    reader = WantedReader(tmp_path / "wanted")
    assert reader.read() == NOTHING
    page.write(Wanted(frozenset({"failed"})))
    assert reader.read() == Wanted(frozenset({"failed"}))


@pytest.mark.skipif(os.name == "nt", reason="what is open cannot be deleted there")
def test_workers_that_have_the_page_are_told_also_when_its_folder_is_gone(
    page: WantedPage, tmp_path: Path
) -> None:
    page.write(NOTHING)
    reader = WantedReader(tmp_path / "wanted")
    (tmp_path / "wanted").unlink()
    page.write(Wanted(frozenset({"failed"})))
    assert reader.read() == Wanted(frozenset({"failed"}))


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
