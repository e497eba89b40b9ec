from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from native_runtime.queue.brief import AT_ONCE
from native_runtime.queue.control import ControlChannel
from native_runtime.queue.job import Claim, NewJob
from native_runtime.queue.voice import Voice
from native_runtime.queue.wanted import NOTHING, Wanted
from native_runtime.testing import FakeClock

if TYPE_CHECKING:
    from collections.abc import Mapping

STARTED = frozenset({"started"})
FEW = int(AT_ONCE)


class Ear(ControlChannel):
    """An app that notes what it is told, and changes what it wants to hear."""

    def __init__(self) -> None:
        super().__init__(-1, -1)
        self.heard: list[Mapping[str, Any]] = []
        self.wants = NOTHING

    def send(self, *messages: Mapping[str, object]) -> None:
        self.heard += [each for each in messages if each["ev"] == "started"]

    def numbers(self) -> list[tuple[str, int]]:
        """Which jobs it was told of, and how many others each stands for."""
        return [(each["job"]["id"], each.get("skipped", 0)) for each in self.heard]


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def voice(ear: Ear) -> Voice:
    return Voice(ear, clock=FakeClock(), wanted=lambda: ear.wants)


def start(voice: Voice, first: int, last: int) -> None:
    for number in range(first, last + 1):
        voice.started(Claim(new=NewJob(id=str(number), name="work"), token=1, attempt=1))


def test_what_is_wanted_is_asked_for_each_time(voice: Voice, ear: Ear) -> None:
    start(voice, 1, 1)
    ear.wants = Wanted(STARTED)
    start(voice, 2, 2)
    ear.wants = NOTHING
    start(voice, 3, 3)
    assert ear.numbers() == [("2", 0)]


def test_what_was_withheld_is_not_told_behind_what_came_after_it(voice: Voice, ear: Ear) -> None:
    ear.wants = Wanted(brief=STARTED)
    start(voice, 1, FEW + 3)
    ear.wants = Wanted(STARTED)
    start(voice, FEW + 4, FEW + 5)
    voice.idle()
    assert ear.numbers()[FEW:] == [(str(FEW + 4), 3), (str(FEW + 5), 0)]


def test_last_of_what_is_told_in_brief_is_told_when_the_worker_is_idle(voice: Voice, ear: Ear) -> None:
    ear.wants = Wanted(brief=STARTED)
    start(voice, 1, FEW + 3)
    voice.idle()
    assert ear.numbers()[FEW:] == [(str(FEW + 3), 2)]


def test_without_an_app_nothing_is_wanted_whoever_says_so(ear: Ear) -> None:
    ear.wants = Wanted(STARTED)
    start(Voice(None, clock=FakeClock(), wanted=lambda: ear.wants), 1, 1)
    assert ear.heard == []
