from pathlib import Path
from typing import Any

import pytest

from native_runtime import NotConfiguredError, PayloadError, batch, chain
from native_runtime.queue.job_function import job
from native_runtime.queue.signature import Signature
from native_runtime.testing import FakeQueue


@job(queue="images")
def thumbnail(source: Path, size: int = 256) -> Path:
    return source.with_suffix(f".{size}.jpg")


@job
def report() -> None: ...


@pytest.fixture(autouse=True)
def no_store_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NATIVE_RUNTIME_CONFIG", raising=False)


def test_a_dispatch_is_seen_with_its_arguments_in_their_types(fake_queue: FakeQueue) -> None:
    thumbnail.dispatch(Path("a.png"), size=64)
    thumbnail.dispatch(Path("b.png"))
    assert fake_queue.dispatched(thumbnail) == [
        {"source": Path("a.png"), "size": 64},
        {"source": Path("b.png"), "size": 256},
    ]
    fake_queue.assert_dispatched(thumbnail)
    fake_queue.assert_dispatched(thumbnail, times=2)
    fake_queue.assert_dispatched(
        thumbnail, times=1, where=lambda source, size: size == 256 and source.stem == "b"
    )


def test_a_missing_dispatch_is_told_with_what_was_dispatched_instead(fake_queue: FakeQueue) -> None:
    with pytest.raises(AssertionError, match="dispatched at least once, got 0; dispatched: nothing"):
        fake_queue.assert_dispatched(thumbnail)
    report.dispatch()
    with pytest.raises(AssertionError, match=r"got 0; dispatched: .*report"):
        fake_queue.assert_dispatched(thumbnail)
    thumbnail.dispatch(Path("a.png"))
    with pytest.raises(AssertionError, match=r"2 times, got 1; dispatched with: .*a\.png"):
        fake_queue.assert_dispatched(thumbnail, times=2)
    with pytest.raises(AssertionError, match="that `where` accepts, got 0"):
        fake_queue.assert_dispatched(thumbnail, where=lambda source, size: size == len(source.name))


def test_no_dispatch_where_none_is_wanted(fake_queue: FakeQueue) -> None:
    fake_queue.assert_nothing_dispatched()
    fake_queue.assert_not_dispatched(thumbnail)
    fake_queue.assert_dispatched(thumbnail, times=0)
    thumbnail.dispatch(Path("a.png"))
    fake_queue.assert_not_dispatched(report)
    fake_queue.assert_not_dispatched(thumbnail, where=lambda source, size: source == Path("b.png") and size)
    with pytest.raises(AssertionError, match="not to be dispatched, got 1"):
        fake_queue.assert_not_dispatched(thumbnail)
    with pytest.raises(AssertionError, match="expected nothing to be dispatched, got 1"):
        fake_queue.assert_nothing_dispatched()


def test_what_a_real_store_would_refuse_is_refused(fake_queue: FakeQueue) -> None:
    with pytest.raises(PayloadError, match="'source'"):
        thumbnail.dispatch(42)  # type: ignore[arg-type]
    fake_queue.assert_nothing_dispatched()


def test_the_same_id_again_is_no_second_dispatch(fake_queue: FakeQueue) -> None:
    first = thumbnail.options(id="thumb:a").dispatch(Path("a.png"))
    again = thumbnail.options(id="thumb:a").dispatch(Path("a.png"))
    assert first.id == again.id
    fake_queue.assert_dispatched(thumbnail, times=1)


def test_many_are_dispatched_as_they_are_counted(fake_queue: FakeQueue) -> None:
    thumbnail.dispatch_many([(Path(f"{number}.png"),) for number in range(3)])
    fake_queue.assert_dispatched(thumbnail, times=3)


def test_waiting_for_a_result_times_out_at_once_and_by_the_fake_clock(fake_queue: FakeQueue) -> None:
    handle = thumbnail.dispatch(Path("a.png"))
    before = fake_queue.clock.monotonic()
    with pytest.raises(TimeoutError, match="still ready after 30 s"):
        handle.result(timeout=30)
    assert fake_queue.clock.monotonic() == pytest.approx(before + 30)
    with pytest.raises(TimeoutError, match="nobody runs jobs in this test"):
        handle.result()


def test_the_plain_function_stays_a_plain_function(fake_queue: FakeQueue) -> None:
    assert thumbnail(Path("a.png"), 8) == Path("a.8.jpg")
    fake_queue.assert_nothing_dispatched()


def test_after_the_block_there_is_no_queue() -> None:
    outer, inner = FakeQueue(), FakeQueue()
    with outer.as_current():
        with inner.as_current():
            report.dispatch()
        report.dispatch()
        report.dispatch()
    inner.assert_dispatched(report, times=1)
    outer.assert_dispatched(report, times=2)
    with pytest.raises(NotConfiguredError):
        report.dispatch()


@job
def sized(size: int) -> int:
    return size


def test_a_chain_is_seen_with_its_jobs_in_order(fake_queue: FakeQueue) -> None:
    with pytest.raises(AssertionError, match="chains: none"):
        fake_queue.assert_chained([sized.s(1), sized.s()])
    chain(sized.s(1), sized.s(), report.s()).dispatch()
    sized.dispatch(1)
    fake_queue.assert_chained([sized.s(1), sized.s(), report.s()])
    fake_queue.assert_dispatched(sized, times=2)
    others: list[list[Signature[Any]]] = [
        [sized.s(2), sized.s(), report.s()],
        [sized.s(1), sized.s()],
        [sized.s(1)],
    ]
    for other in others:
        with pytest.raises(
            AssertionError, match=r"chains: .*sized\(size=1\), .*sized\(size=…\), .*report\(\)"
        ):
            fake_queue.assert_chained(other)


def test_a_batch_is_seen_with_what_follows_it(fake_queue: FakeQueue) -> None:
    with pytest.raises(AssertionError, match="batches: none"):
        fake_queue.assert_batched([sized.s(1)])
    batch([sized.s(1), sized.s(2)], then=report.s()).dispatch()
    fake_queue.assert_batched([sized.s(1), sized.s(2)])
    fake_queue.assert_batched([sized.s(1), sized.s(2)], then=report.s())
    fake_queue.assert_dispatched(sized, times=2)
    for jobs, then in (([sized.s(1)], None), ([sized.s(1), sized.s(2)], sized.s())):
        with pytest.raises(AssertionError, match=r"batches: .*size=1.*size=2\), then .*report\(\)"):
            fake_queue.assert_batched(jobs, then=then)
