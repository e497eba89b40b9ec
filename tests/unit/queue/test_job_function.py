from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime import ConflictError, FeedbackLoopError, NotConfiguredError, PayloadError, job
from native_runtime.errors import OptionError
from native_runtime.events import Cause, caused_by
from native_runtime.queue.dispatch import CURRENT
from native_runtime.queue.drivers.memory import MemoryDriver
from native_runtime.queue.duration import LONGEST
from native_runtime.queue.queue import Queue
from native_runtime.testing import FakeClock
from native_runtime.workers.kinds import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from native_runtime.queue.job import Job, NewJob


@job
def add(a: int, b: int = 1) -> int:
    """Add."""
    return a + b


@job(queue="images", tries=5, backoff=[1, 5, 30], timeout=60, priority=2)
def thumbnail(source: Path, size: int = 256) -> Path:
    return source.with_suffix(f".{size}.jpg")


@job
async def doubled(x: float) -> float:
    return x * 2


@job
def described(facts: dict[str, int], **sizes: float) -> None:
    pass


rung: list[tuple[str, NewJob]] = []


@pytest.fixture(autouse=True)
def queue() -> Iterator[Queue]:
    rung.clear()
    made = Queue(driver=MemoryDriver(), clock=FakeClock(), rang=rung.extend)
    CURRENT.put(made)
    yield made
    CURRENT.clear(made)


def stored(queue: Queue, job_id: str) -> Job:
    found = queue.driver.find(job_id)
    assert found is not None
    return found


def test_a_job_is_still_a_function() -> None:
    assert add(1, b=2) == 3
    assert add.__doc__ == "Add."
    assert add.function.__name__ == "add"
    assert add.name == f"{__name__}.add"


def test_dispatch_stores_the_call_and_rings(queue: Queue) -> None:
    handle = thumbnail.dispatch(Path("a.png"), size=64)
    new = stored(queue, handle.id).new
    assert (new.name, new.queue, new.priority) == (thumbnail.name, "images", 2)
    assert (new.tries, new.backoff, new.timeout) == (5, (1, 5, 30), 60)
    assert new.payload == b'{"args":{"source":"a.png","size":64}}'
    assert [job_id for job_id, _job in rung] == [handle.id]


def test_what_is_not_said_is_left_to_the_worker(queue: Queue) -> None:
    new = stored(queue, add.dispatch(1).id).new
    assert (new.queue, new.tries, new.backoff, new.timeout) == ("default", None, None, None)


def test_options_hold_for_one_dispatch_and_not_for_the_job(queue: Queue) -> None:
    given = thumbnail.options(
        delay=10, priority=9, queue="slow", tries=1, timeout=2, backoff=0.5, id="thumb:42"
    )
    handle = given.dispatch(Path("a"))
    new = stored(queue, handle.id).new
    assert (handle.id, new.queue, new.priority, new.tries) == ("thumb:42", "slow", 9, 1)
    assert (new.timeout, new.backoff, new.available_at) == (2, (0.5,), queue.clock.epoch() + 10)
    assert thumbnail.declared.priority == 2


def test_the_same_id_is_the_same_job_and_rings_once(queue: Queue) -> None:
    once, again = (add.options(id="one").dispatch(1) for _ in range(2))
    assert once.id == again.id == "one"
    assert len(rung) == 1
    with pytest.raises(ConflictError):
        add.options(id="one").dispatch(2)
    assert stored(queue, "one").new.payload == b'{"args":{"a":1}}'


def test_the_order_of_keys_makes_no_other_call(queue: Queue) -> None:
    for given in (described.options(id="one"), described.options(unique_for=60)):
        first = given.dispatch({"b": 1, "a": 2}, y=1, x=2)
        assert given.dispatch({"a": 2, "b": 1}, x=2, y=1).id == first.id
        assert given.dispatch({"a": 2, "b": 1}, x=2.0, y=1.0).id == first.id
        (facts,), _rest = described.payloads.decode(stored(queue, first.id).new.payload)
        assert list(facts) == ["b", "a"]
    with pytest.raises(ConflictError):
        described.options(id="one").dispatch({"b": 2, "a": 1}, y=1, x=2)


def test_the_same_id_with_another_queue_is_the_job_that_is_there(queue: Queue) -> None:
    add.options(id="one").dispatch(1)
    assert add.options(id="one", queue="other", delay=5).dispatch(1).id == "one"
    assert stored(queue, "one").new.queue == "default"


def test_a_unique_call_is_stored_once_in_its_window(queue: Queue) -> None:
    clock = queue.clock
    assert isinstance(clock, FakeClock)
    unique = add.options(unique_for=60)
    first = unique.dispatch(1)
    assert unique.dispatch(1).id == first.id
    assert unique.dispatch(2).id != first.id
    clock.advance(61)
    assert unique.dispatch(1).id != first.id


def test_retry_until_is_counted_from_dispatch_or_a_moment(queue: Queue) -> None:
    now = queue.clock.epoch()
    moment = datetime.fromtimestamp(now, UTC) + timedelta(hours=1)
    assert stored(queue, add.options(retry_until=60).dispatch(1).id).new.retry_until == now + 60
    assert stored(queue, add.options(retry_until=moment).dispatch(1).id).new.retry_until == now + 3600


def test_ids_are_unique_and_short(queue: Queue) -> None:
    ids = [add.dispatch(1).id for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(len(each) <= 8 for each in ids)
    assert all(stored(queue, each).id == each for each in ids)


def test_dispatch_many_stores_all_or_none(queue: Queue) -> None:
    handles = add.dispatch_many((n,) for n in range(3))
    assert [stored(queue, handle.id).new.payload for handle in handles] == [
        b'{"args":{"a":0}}',
        b'{"args":{"a":1}}',
        b'{"args":{"a":2}}',
    ]
    bad: list[tuple[Any, ...]] = [(1,), ("x",)]
    with pytest.raises(PayloadError):
        add.dispatch_many(bad)
    assert len(rung) == 3
    assert add.dispatch_many([]) == []


def test_dispatch_many_under_one_id_is_refused() -> None:
    with pytest.raises(OptionError, match="id"):
        add.options(id="one").dispatch_many([(1,)])


def test_dispatch_sync_runs_here_with_what_would_have_been_stored() -> None:
    assert add.dispatch_sync(1, b=5) == 6
    assert thumbnail.dispatch_sync(Path("a.png")) == Path("a.256.jpg")
    assert doubled.dispatch_sync(1.5) == 3.0
    with pytest.raises(PayloadError):
        add.dispatch_sync("x")  # type: ignore[arg-type]


def test_a_dispatched_job_carries_its_cause(queue: Queue) -> None:
    with caused_by(Cause(("event JobFailed",))):
        handle = add.dispatch(1)
    assert stored(queue, handle.id).new.cause == ("event JobFailed",)


def test_a_chain_that_feeds_itself_is_refused_and_names_its_circle() -> None:
    with caused_by(Cause((f"job {add.name}",) * 16)), pytest.raises(FeedbackLoopError, match=add.name):
        add.dispatch(1)
    assert not rung


def test_dispatch_without_a_runtime_says_what_to_do(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NATIVE_RUNTIME_CONFIG", raising=False)
    CURRENT.clear(queue)
    with pytest.raises(NotConfiguredError, match="connect"):
        add.dispatch(1)


@pytest.mark.parametrize(
    "options",
    [
        {"queue": ""},
        {"queue": "a,b"},
        {"tries": 0},
        {"tries": True},
        {"tries": 1.5},
        {"backoff": -1},
        {"backoff": []},
        {"backoff": [1, "2"]},
        {"timeout": 0},
        {"timeout": float("inf")},
        {"priority": "high"},
        {"max_exceptions": 0},
        {"retry_until": datetime(2026, 1, 1)},  # noqa: DTZ001 - a time without a zone is the point
        {"retry_until": -1},
        {"fail_on_timeout": 1},
        {"on_failure": "app.jobs.tell"},
        {"on_failure": lambda: None},
        {"unique_for": 0},
        {"delay": -1},
        {"delay": float("nan")},
        {"delay": 10**400},
        {"delay": 1732194000000},
        pytest.param({"delay": 10**5000}, id="huge"),
        {"backoff": 1e308},
        {"backoff": [1, 10**400]},
        {"timeout": 1e10},
        {"unique_for": 10**400},
        {"retry_until": 10**400},
        {"id": ""},
        {"id": "a b"},
        {"id": "x" * 129},
        {"retries": 3},
    ],
)
def test_an_option_that_cannot_be_is_refused_by_name(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(OptionError, match=name) as caught:
        add.options(**options).dispatch(1)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("option", ["delay", "backoff", "timeout", "retry_until", "unique_for"])
def test_seconds_are_bound_as_in_workers_toml_and_the_message_says_so(option: str) -> None:
    assert LONGEST == LARGEST
    add.options(**{option: LONGEST}).dispatch(1)
    with pytest.raises(OptionError, match=rf"{option}: expected seconds .*1000000000.*, got 1000000001"):
        add.options(**{option: LONGEST + 1})


@pytest.mark.parametrize("option", ["delay", "id"])
def test_what_belongs_to_one_dispatch_is_refused_in_the_decorator(option: str) -> None:
    options: dict[str, Any] = {option: 1}
    with pytest.raises(OptionError, match=option):
        job(**options)(lambda: None)


@pytest.mark.parametrize("job_id", ["x" * 128, "thumb:42", "a.b_c@d+e=f~g-h"])
def test_ids_of_a_user_are_kept(job_id: str) -> None:
    assert add.options(id=job_id).dispatch(1).id == job_id


@pytest.mark.parametrize("thing", ["images", 5, ["images"]])
def test_what_is_no_function_is_no_job(thing: Any) -> None:
    with pytest.raises(TypeError, match="expected a function, or options by name"):
        job(thing)


def test_a_handler_that_no_worker_could_find_is_refused() -> None:
    def unknown(failed: object) -> None: ...

    with pytest.raises(OptionError, match="on_failure: expected a @job, or what @job"):
        job(test_a_job_is_still_a_function).options(on_failure=unknown)
