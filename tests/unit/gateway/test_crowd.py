"""Many listeners at once: they take turns, and what they are sent is made once."""

from __future__ import annotations

import asyncio
import json
from functools import partial

from native_runtime.clock import SystemClock
from native_runtime.events import EventBus
from native_runtime.gateway.texts import KEPT, Texts
from native_runtime.gateway.turns import AT_ONCE, Turns
from native_runtime.processes.events import MessageReceived
from native_runtime.queue.events import QueuePaused

CROWD = 3 * AT_ONCE


def test_crowd_is_told_in_order_with_room_for_others_before_and_in_between() -> None:
    told: list[int] = []
    seen_by_others: list[int] = []

    async def tell() -> None:
        turns, done = Turns(asyncio.get_running_loop()), asyncio.Event()
        for number in range(CROWD):
            turns.wait(partial(told.append, number))
        turns.wait(done.set)
        while not done.is_set():
            seen_by_others.append(len(told))
            await asyncio.sleep(0)

    asyncio.run(tell())
    assert told == list(range(CROWD))
    assert {0, AT_ONCE, 2 * AT_ONCE} <= set(seen_by_others)


def test_who_waits_while_others_are_told_gets_a_turn_too() -> None:
    told: list[str] = []

    async def tell() -> None:
        turns, done = Turns(asyncio.get_running_loop()), asyncio.Event()

        def first() -> None:
            told.append("first")
            turns.wait(second)

        def second() -> None:
            told.append("second")
            done.set()

        turns.wait(first)
        await done.wait()
        done.clear()
        await asyncio.to_thread(turns.wait, second)  # and long after
        await done.wait()

    asyncio.run(tell())
    assert told == ["first", "second", "second"]


def test_nobody_is_told_by_a_server_that_has_stopped() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    told: list[str] = []
    Turns(loop).wait(lambda: told.append("never"))
    assert told == []


def test_text_of_an_event_is_made_once_for_all_listeners() -> None:
    bus, texts = EventBus(clock=SystemClock()), Texts()
    events = [bus.publish(QueuePaused(queue=f"q{number}")) for number in range(2 * KEPT)]
    for event in events:
        text = texts.of(event)
        assert texts.of(event) is text
        assert json.loads(text)["seq"] == event.seq


def test_output_is_not_kept() -> None:
    bus, texts = EventBus(clock=SystemClock()), Texts()
    event = bus.publish(MessageReceived(name="api", lines=("a", "b")))
    assert texts.of(event) == texts.of(event)
    assert texts.of(event) is not texts.of(event)
