import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from native_runtime import OptionError, PayloadError, batch, chain, job
from native_runtime.queue.planned import PlannedJob, listed, planned


@job
def resized(source: Path, size: int, *, quiet: bool = False) -> Path:
    return source.with_suffix(f".{size}{quiet}")


@job
def joined(*words: str, **more: int) -> str:
    return " ".join([*words, *more])


@job
def apologises(failed: Any) -> None:
    del failed


@job(queue="images", tries=5, backoff=[1, 2], timeout=9, priority=3, on_failure=apologises)
def published(source: Path) -> None:
    del source


def test_required_parameters_without_an_argument_are_left_open() -> None:
    assert resized.s(Path("a.png"), 64).open == ()
    assert resized.s(Path("a.png"), quiet=True).open == ("size",)
    assert resized.s(size=64).open == ("source",)
    assert resized.s().open == ("source", "size")
    assert joined.s().open == ()
    assert resized.s(Path("a.png"), 64).args == {"source": b'"a.png"', "size": b"64"}


def test_arguments_that_cannot_be_stored_or_do_not_fit_are_refused_when_the_signature_is_made() -> None:
    with pytest.raises(PayloadError, match="argument 'size'"):
        resized.s(Path("a.png"), "64")
    with pytest.raises(PayloadError, match="too many positional"):
        resized.s(Path("a.png"), 64, 65)
    with pytest.raises(PayloadError, match="unexpected keyword argument 'colour'"):
        resized.s(colour=1)


def test_a_parameter_that_nothing_fills_is_refused_with_its_name() -> None:
    with pytest.raises(
        PayloadError, match=r"resized: parameter 'size': left open, but as the first of a chain"
    ):
        chain(resized.s(Path("a.png")), published.s())
    with pytest.raises(
        PayloadError, match=r"parameters 'source', 'size': .* one value only, the result before"
    ):
        chain(resized.s(Path("a.png"), 1), resized.s())
    with pytest.raises(PayloadError, match=r"parameter 'size': left open, but as a job of a batch"):
        batch([resized.s(Path("a.png"))])
    with pytest.raises(PayloadError, match=r"parameter 'source': left open, but as `finally_` of a batch"):
        batch([], finally_=published.s())


def test_options_of_a_single_dispatch_are_refused() -> None:
    with pytest.raises(OptionError, match="id: expected none as a later one of a chain, got 'x'"):
        chain(joined.s(), joined.s("a").options(id="x"))
    with pytest.raises(OptionError, match="unique_for: expected none as a job of a batch, got 3"):
        batch([joined.options(unique_for=3).s()])


def test_what_is_no_signature_is_refused() -> None:
    with pytest.raises(TypeError, match=r"a job of a batch: expected a signature such as `job\.s"):
        batch([joined])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="at least one"):
        chain()


def test_a_planned_job_keeps_its_options_and_handler() -> None:
    plan = published.s().options(delay=2, max_exceptions=4, retry_until=30).planned("x", fills="y")
    made = plan.new_job(
        now=100.0,
        cause=("c",),
        job_id="i",
        value=listed([b"1", None]),
        following={"chain": plan.args.get("", listed([]))},
    )
    assert json.loads(made.payload) == {"args": {"source": [1, None]}}
    assert (made.id, made.name, made.queue, made.priority) == ("i", published.name, "images", 3)
    assert (made.tries, made.backoff, made.timeout, made.max_exceptions) == (5, (1, 2), 9, 4)
    assert (made.available_at, made.retry_until, made.cause) == (102.0, 130.0, ("c",))
    assert json.loads(made.meta)["on_failure"]["job"] == apologises.name
    assert json.loads(made.meta)["chain"] == []


def test_a_deadline_that_is_a_time_stays_that_time() -> None:
    until = datetime(2030, 1, 1, tzinfo=UTC)
    declared = published.options(retry_until=until).declared
    plan = planned("n", declared, {}, open_parameter="", handler=b"")
    assert plan.new_job(now=5.0, cause=()).retry_until == until.timestamp()


def test_a_planned_job_without_an_open_parameter_takes_no_value() -> None:
    made = PlannedJob(name="n", args={}).new_job(now=1.0, cause=(), value=listed([b"1"]))
    assert (made.payload, made.meta, made.id) == (b'{"args":{}}', b"", "")


def test_signature_tells_its_job() -> None:
    assert repr(joined.s()) == f"<signature of {joined.name}>"
