from __future__ import annotations

from native_runtime.events.recent import MOST_TEXT, Recent
from native_runtime.processes.events import MessageReceived


def said(text: str, seq: int = 0) -> MessageReceived:
    return MessageReceived(name="a", lines=(text,), seq=seq)


def test_oldest_goes_when_there_are_too_many() -> None:
    recent = Recent(most=2)
    assert [recent.append(said("x", seq)) for seq in (1, 2, 3)] == [0, 0, 1]
    assert [event.seq for event in recent] == [2, 3]


def test_as_many_old_ones_go_as_make_room_for_a_long_one() -> None:
    recent = Recent(most=100)
    third = "x" * (MOST_TEXT // 3)
    assert [recent.append(said(third, seq)) for seq in (1, 2, 3)] == [0, 0, 0]
    assert recent.append(said(third * 2, 4)) == 2
    assert [event.seq for event in recent] == [3, 4]


def test_one_that_is_too_long_by_itself_is_kept_alone() -> None:
    recent = Recent(most=100)
    recent.append(said("x"))
    assert recent.append(said("x" * (MOST_TEXT + 1))) == 1
    assert len(recent) == 1
    assert recent.append(said("y", 9)) == 1
    assert [event.seq for event in recent] == [9]


def test_cleared_it_has_room_again() -> None:
    recent = Recent(most=100)
    recent.append(said("x" * MOST_TEXT))
    recent.clear()
    assert len(recent) == 0
    assert [recent.append(said("x" * (MOST_TEXT // 2))) for _ in range(2)] == [0, 0]
