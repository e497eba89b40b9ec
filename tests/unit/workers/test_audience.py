from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime.events import Event, EventBus
from native_runtime.processes.events import MessageReceived, OutputReceived
from native_runtime.queue import wanted
from native_runtime.queue.events import JobFailed, JobOver
from native_runtime.queue.wanted import Wanted
from native_runtime.testing import FakeClock
from native_runtime.workers.audience import KINDS, Audience
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

FAR = 60.0


class House:
    """A bus and what its audience was told."""

    def __init__(self, linger: float) -> None:
        self.bus = EventBus(clock=FakeClock())
        self.told: list[Wanted] = []
        self.is_deaf = False
        self.changed = threading.Event()
        self.audience = Audience(self.bus, tell=self._note, linger=linger)
        self.audience.start()

    def _note(self, wanted: Wanted) -> bool:
        if self.is_deaf:
            return False
        self.told.append(wanted)
        self.changed.set()
        return True


@pytest.fixture
def house() -> Iterator[House]:
    made = House(linger=3600.0)
    yield made
    made.audience.stop()
    made.bus.close()


def test_workers_can_be_told_of_every_kind() -> None:
    assert set(wanted.KINDS) == set(KINDS)


def test_nobody_listens_and_nothing_is_wanted(house: House) -> None:
    assert (house.audience.wanted, house.told) == (Wanted(), [])


def test_a_listener_of_one_kind_wants_that_and_nothing_else(house: House) -> None:
    house.bus.on(JobFailed, lambda _event: None)
    assert house.told == [Wanted(frozenset({"failed"}))]


def test_a_base_class_wants_all_below_it(house: House) -> None:
    house.bus.on(JobOver, lambda _event: None)
    assert house.audience.wanted.all == {"succeeded", "failed", "cancelled"}
    house.bus.subscribe()
    assert house.audience.wanted.all == set(KINDS)


def test_what_was_wanted_is_told_on_for_a_while_after_the_last_listener_has_left(house: House) -> None:
    house.bus.on(Event, lambda _event: None)()
    assert house.audience.wanted.all == set(KINDS)
    assert len(house.told) == 1


def test_then_it_is_wanted_no_more_and_whoever_comes_back_begins_anew() -> None:
    house = House(linger=0.0)
    leave = house.bus.on(Event, lambda _event: None)
    seen = house.bus.last_seq
    assert house.bus.can_resume(seen)
    house.changed.clear()
    leave()
    assert house.changed.wait(FAR)
    wait_until(lambda: not house.bus.can_resume(seen))  # workers are told first
    assert house.audience.wanted.all == frozenset()
    house.audience.stop()
    house.bus.close()


def test_brief_news_are_wanted_of_jobs_where_nobody_wants_all(house: House) -> None:
    leave = house.bus.on(JobFailed, lambda _event: None)
    house.bus.subscribe(brief=True)
    jobs = set(KINDS) - {"output", "batch"}
    assert house.audience.wanted == Wanted(frozenset({"failed", "batch"}), frozenset(jobs - {"failed"}))
    house.bus.subscribe()
    assert house.audience.wanted == Wanted(frozenset(KINDS))
    leave()


def test_whoever_heard_brief_news_may_resume_them_and_nothing_else(house: House) -> None:
    house.bus.subscribe(brief=True)
    assert house.bus.can_resume(house.bus.last_seq, brief=True)
    assert not house.bus.can_resume(house.bus.last_seq)
    house.bus.subscribe()
    assert house.bus.can_resume(house.bus.last_seq)


def test_what_happened_untold_since_the_latest_event_cannot_be_resumed(house: House) -> None:
    seen = house.bus.publish(Event()).seq  # and then jobs run of which nobody is told
    house.bus.subscribe()
    assert not house.bus.can_resume(seen)


def test_workers_that_could_not_be_told_are_told_when_somebody_listens_next(house: House) -> None:
    house.is_deaf = True
    house.bus.on(JobFailed, lambda _event: None)
    assert (house.audience.wanted, house.bus.can_resume(house.bus.last_seq, JobFailed)) == (Wanted(), False)
    house.is_deaf = False
    house.bus.subscribe(JobOver)
    assert house.audience.wanted.all == {"succeeded", "failed", "cancelled"}
    assert house.bus.can_resume(house.bus.last_seq, JobFailed)


def test_where_output_comes_from_is_wanted_by_its_handlers_also_in_brief(house: House) -> None:
    house.bus.subscribe(OutputReceived, brief=True)  # as a page does
    assert house.audience.wanted.all == frozenset()
    house.bus.on(MessageReceived, lambda _event: None, brief=True)
    assert house.audience.wanted.all == {"output"}
