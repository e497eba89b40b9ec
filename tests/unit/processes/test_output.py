from __future__ import annotations

from collections import deque
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from native_runtime.processes.output import (
    BATCH_LINES,
    CUT_MARK,
    LONGEST_LINE,
    RING_LINES,
    LineFramer,
    OutputStream,
    to_text,
)


@given(text=st.binary(max_size=400), cuts=st.lists(st.integers(0, 400), max_size=8))
def test_lines_do_not_depend_on_where_the_chunks_were_cut(text: bytes, cuts: list[int]) -> None:
    framer = LineFramer()
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    lines = [line for start, end in pairwise(edges) for line in framer.feed(text[start:end])]
    lines += framer.flush()
    expected = text.split(b"\n")
    assert lines == (expected if expected[-1] else expected[:-1])


def test_character_cut_between_two_chunks_is_whole_in_its_line() -> None:
    framer = LineFramer()
    encoded = "grüße\n".encode()
    lines = framer.feed(encoded[:3]) + framer.feed(encoded[3:])
    assert [to_text(line) for line in lines] == ["grüße"]


def test_binary_garbage_becomes_text() -> None:
    assert to_text(b"\xff\xfe ok") == "�� ok"


def test_progress_line_shows_its_last_state() -> None:
    assert to_text(b"10%\r50%\r100%") == "100%"
    assert to_text(b"windows line\r") == "windows line"


def test_endless_line_is_cut_once_marked_and_costs_no_memory() -> None:
    framer = LineFramer()
    lines = []
    for _ in range(100):
        lines += framer.feed(b"x" * 10_000)
    lines += framer.feed(b"tail\nnext\n")
    assert [to_text(line)[-len(CUT_MARK) :] for line in lines] == [CUT_MARK, "next"]
    assert len(to_text(lines[0])) == LONGEST_LINE + len(CUT_MARK)


def test_flood_is_dropped_from_events_counted_and_the_latest_lines_are_kept() -> None:
    ring: deque[bytes] = deque(maxlen=RING_LINES)
    stream = OutputStream(ring)
    total = BATCH_LINES + RING_LINES + 7
    stream.feed(b"".join(b"%d\n" % n for n in range(total)))
    lines, dropped = stream.take_batch()
    assert (len(lines), dropped) == (BATCH_LINES, total - BATCH_LINES)
    assert ring[-1] == b"%d" % (total - 1)
    assert len(ring) == RING_LINES
    assert not stream.has_batch
