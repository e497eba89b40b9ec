from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from native_runtime.processes.output import (
    BATCH_BYTES,
    BATCH_LINES,
    CUT_MARK,
    LONGEST_LINE,
    RING_LINES,
    LineFramer,
    OutputStream,
    Tail,
    to_text,
)
from native_runtime.processes.ring import OutputLine, Ring


@given(text=st.binary(max_size=400), cuts=st.lists(st.integers(0, 400), max_size=8))
def test_lines_do_not_depend_on_where_the_chunks_were_cut(text: bytes, cuts: list[int]) -> None:
    framer = LineFramer()
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    lines = b"".join(framer.feed(text[start:end]) for start, end in pairwise(edges)) + framer.flush()
    assert lines == (text if text.endswith(b"\n") or not text else text + b"\n")


def size_of(chunks: list[list[bytes]]) -> int:
    return sum(len(line) + 1 for chunk in chunks for line in chunk)


def kept_lines(chunks: list[list[bytes]], count: int) -> list[bytes]:
    lines = [line for chunk in chunks for line in chunk]
    return lines[len(lines) - count :]


@given(chunks=st.lists(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=9)))
def test_tail_is_the_latest_lines_however_they_came(chunks: list[list[bytes]]) -> None:
    tail = Tail(limit=64)
    for chunk in chunks:
        tail.add(b"".join(line + b"\n" for line in chunk))
    lines = [to_text(line) for chunk in chunks for line in chunk]
    kept = tail.latest(10_000)
    assert kept == tuple(lines[len(lines) - len(kept) :])
    assert sum(len(line) + 1 for line in kept_lines(chunks, len(kept))) >= min(64, size_of(chunks))
    assert tail.latest(2) == kept[-2:]
    assert tail.latest(0) == ()


def test_tail_holds_no_more_than_twice_its_limit_and_one_line() -> None:
    tail = Tail(limit=100)
    for number in range(1_000):
        tail.add(b"%d\n" % number)
        assert len(tail._text) <= 200
    assert len(tail.latest(1_000)) >= 100 // len(b"999\n")
    tail.add(b"x" * 500 + b"\n" + b"short\n")
    assert tail.latest(2) == ("x" * 500, "short")


def test_character_cut_between_two_chunks_is_whole_in_its_line() -> None:
    framer = LineFramer()
    encoded = "grüße\n".encode()
    assert to_text((framer.feed(encoded[:3]) + framer.feed(encoded[3:])).removesuffix(b"\n")) == "grüße"


def test_binary_garbage_becomes_text() -> None:
    assert to_text(b"\xff\xfe ok") == "�� ok"


def test_progress_line_shows_its_last_state() -> None:
    assert to_text(b"10%\r50%\r100%") == "100%"
    assert to_text(b"windows line\r") == "windows line"


def test_endless_line_is_cut_once_marked_and_costs_no_memory() -> None:
    stream = OutputStream(Ring())
    for _ in range(100):
        stream.feed(b"x" * 10_000)
    stream.feed(b"tail\nnext\n")
    lines, dropped = stream.take_batch()
    assert [line[-len(CUT_MARK) :] for line in lines] == [CUT_MARK, "next"]
    assert len(lines[0]) == LONGEST_LINE + len(CUT_MARK)
    assert dropped == 0


def test_long_line_that_comes_whole_is_cut_too() -> None:
    stream = OutputStream(Ring())
    stream.feed(b"before\n" + b"x" * 3 * LONGEST_LINE + b"\nafter\n")
    (cut, after), dropped = stream.take_batch()
    assert (len(cut), after, dropped) == (LONGEST_LINE + len(CUT_MARK), "after", 1)


def test_flood_is_dropped_from_events_counted_and_the_latest_lines_are_kept() -> None:
    ring = Ring()
    stream = OutputStream(ring)
    total = 100_000
    stream.feed(b"".join(b"%d\n" % n for n in range(total)))
    assert stream.has_batch
    lines, dropped = stream.take_batch()
    assert lines == tuple(map(str, range(total - BATCH_LINES, total)))
    assert dropped == total - BATCH_LINES
    assert ring.latest(1_000) == tuple(map(str, range(total - 1_000, total)))
    assert not stream.has_batch


def test_batch_of_long_lines_is_bounded_in_bytes_and_counts_the_others() -> None:
    stream = OutputStream(Ring())
    for _ in range(BATCH_LINES):
        stream.feed(b"x" * 999 + b"\n")
    lines, dropped = stream.take_batch()
    assert sum(map(len, lines)) <= BATCH_BYTES + 1_000
    assert len(lines) + dropped == BATCH_LINES


def test_last_line_without_an_end_is_told_when_the_stream_ends() -> None:
    stream = OutputStream(Ring())
    stream.feed(b"whole\nhalf")
    stream.flush()
    assert stream.take_batch() == (("whole", "half"), 0)


def test_each_kept_line_knows_its_stream_in_the_order_of_reading() -> None:
    ring = Ring()
    out, err = OutputStream(ring), OutputStream(ring, is_error=True)
    out.feed(b"one\ntwo\n")
    err.feed(b"oh\n")
    out.feed(b"three\n")
    assert ring.lines(3) == (
        OutputLine(text="two", is_error=False),
        OutputLine(text="oh", is_error=True),
        OutputLine(text="three", is_error=False),
    )
    assert [line.text for line in ring.lines(9)] == ["one", "two", "oh", "three"]


def test_lines_that_go_out_of_a_full_ring_leave_the_streams_of_the_others_right() -> None:
    ring = Ring()
    out, err = OutputStream(ring), OutputStream(ring, is_error=True)
    for number in range(3 * RING_LINES):
        (err if number % 3 == 0 else out).feed(b"%d\n" % number)
    kept = ring.lines(10 * RING_LINES)
    assert [line.text for line in kept] == [str(number) for number in range(2 * RING_LINES, 3 * RING_LINES)]
    assert all(line.is_error == (int(line.text) % 3 == 0) for line in kept)
