"""A team knows its processes by number: who is at a job, who waits, and who would go first."""

from __future__ import annotations

import pytest

from native_runtime.queue.options import WorkOptions
from native_runtime.workers.roster import Member
from native_runtime.workers.team import Team, first, resized, team_of


def member(child: str, *, is_idle: bool) -> Member:
    return Member(
        child, pid=7, options=WorkOptions(), worker_id=f"{child}@7.1", worker="images", is_idle=is_idle
    )


def test_team_is_made_of_the_numbers_that_should_be_there() -> None:
    members = [
        member("images:1", is_idle=False),
        member("images:3", is_idle=True),
        member("images:9", is_idle=True),  # nobody wants it any more
        member("api:1", is_idle=True),
    ]
    team = team_of("images", (1, 2, 3), members, is_free=True)
    assert team == Team(numbers=(1, 2, 3), busy=frozenset({1}), idle=frozenset({3}), is_free=True)


@pytest.mark.parametrize(
    ("busy", "surplus", "stay"),
    [
        ({}, 1, (1, 2, 3)),
        ({}, 3, (1,)),
        ({4}, 1, (1, 2, 4)),
        ({4}, 2, (1, 4)),
        ({2, 4}, 2, (2, 4)),
        ({2, 3, 4}, 2, (2, 3, 4)),
        ({1, 2, 3, 4}, 2, (1, 2, 3, 4)),
        ({}, 0, (1, 2, 3, 4)),
    ],
)
def test_highest_numbers_go_first_and_busy_ones_never(
    busy: set[int], surplus: int, stay: tuple[int, ...]
) -> None:
    team = Team(numbers=(1, 2, 3, 4), busy=frozenset(busy), idle=frozenset(), is_free=True)
    assert team.without(surplus) == stay


@pytest.mark.parametrize(
    ("numbers", "processes", "after"),
    [
        ((1, 2), 4, (1, 2, 3, 4)),
        ((1, 4), 3, (1, 2, 4)),
        ((3,), 1, (3,)),
        ((1, 2, 4), 2, (1, 2)),
        ((1, 2), 0, ()),
        ((), 2, (1, 2)),
    ],
)
def test_lowest_free_numbers_come_and_highest_go(
    numbers: tuple[int, ...], processes: int, after: tuple[int, ...]
) -> None:
    assert resized(numbers, processes) == after


def test_first_processes_are_numbered_from_one() -> None:
    assert first(3) == (1, 2, 3)
