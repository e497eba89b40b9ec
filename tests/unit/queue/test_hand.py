from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from native_runtime.queue.attempt import Report
from native_runtime.queue.driver import Ack
from native_runtime.queue.hand import Hand
from native_runtime.queue.job import Claim, NewJob

if TYPE_CHECKING:
    from collections.abc import Callable

FAR = 60.0


def claims(*names: str) -> list[Claim]:
    return [Claim(new=NewJob(id=name, name="app.work"), token=1, attempt=1) for name in names]


def report(claim: Claim) -> Report:
    ack = Ack(job_id=claim.id, token=claim.token)
    return Report(claim=claim, settlement=ack, failure=None, runtime=0.0, ended_at=0.0)


class Giver:
    """Takes what is given away."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.happened = threading.Event()
        self.take: Callable[[], list[str]] = list

    def __call__(self) -> None:
        self.given += self.take()
        self.happened.set()


@pytest.fixture
def giver() -> Giver:
    return Giver()


def test_claims_are_played_in_the_order_in_which_they_were_dealt(giver: Giver) -> None:
    hand = Hand(giver)
    hand.deal(claims("a", "b"))
    hand.deal(claims("c"))
    assert [claim.id for claim in iter(hand.play, None)] == ["a", "b", "c"]
    assert not hand.has_waiting


def test_what_is_done_is_taken_once_and_taken_back_if_it_cannot_be_settled(giver: Giver) -> None:
    hand = Hand(giver)
    (claim,) = claims("a")
    hand.lay_down(report(claim))
    taken = hand.take_done()
    assert (hand.take_done(), hand.has_done) == ([], False)
    hand.take_back(taken)
    assert [each.claim.id for each in hand.take_done()] == ["a"]


def test_others_in_the_hand_are_given_away_while_one_job_takes_long(giver: Giver) -> None:
    hand = Hand(giver)
    giver.take = lambda: [claim.id for claim in hand.take_waiting()]
    hand.deal(claims("long", "b", "c"))
    assert hand.play() is not None
    assert giver.happened.wait(FAR)
    assert giver.given == ["b", "c"]
    assert hand.play() is None


def test_nothing_is_given_away_from_a_hand_that_holds_the_running_job_alone(giver: Giver) -> None:
    hand = Hand(giver)
    hand.deal(claims("alone"))
    assert hand.play() is not None
    assert not giver.happened.wait(0.0)
    assert "native-runtime hand" not in {thread.name for thread in threading.enumerate() if not thread.daemon}
