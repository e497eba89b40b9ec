"""Jobs per second come from two looks at the same process, and are never absurd."""

from __future__ import annotations

from typing import Any

import pytest

from native_runtime.cli.paces import paces
from native_runtime.cli.tables import print_children


def child(name: str = "images:1", **changed: Any) -> dict[str, Any]:
    facts = {
        "pid": 7,
        "state": "busy",
        "uptime": 10.0,
        "restarts": 0,
        "rss_mb": 21.5,
        "job": None,
        "last_exit": None,
    }
    return {"name": name, **facts, "jobs_done": 100, "jobs_failed": 2, **changed}


def test_what_ended_since_is_divided_by_the_time_that_the_process_has_aged() -> None:
    later = child(uptime=12.0, jobs_done=120, jobs_failed=4)
    assert paces([child()], [later]) == {"images:1": 11.0}


def test_a_fresh_process_did_all_of_its_jobs_since() -> None:
    fresh = child(pid=8, uptime=0.5, jobs_done=3, jobs_failed=0)
    assert paces([child()], [fresh]) == {"images:1": 6.0}


@pytest.mark.parametrize(
    "now",
    [
        child("images:2"),
        child(),
        child(uptime=11.0, jobs_done=50),
        child(uptime=9.0),
        child(uptime=None, pid=None),
        child(uptime=11.0, jobs_done=None, jobs_failed=None),
    ],
    ids=["unseen", "same moment", "fallen", "younger", "gone", "no worker"],
)
def test_what_cannot_be_known_is_not_said(now: dict[str, Any]) -> None:
    assert paces([child()], [now]) == {}


def test_an_app_of_an_older_version_tells_no_counts() -> None:
    older = {key: value for key, value in child().items() if not key.startswith("jobs_")}
    assert paces([older], [older]) == {}


def test_the_table_shows_counts_and_while_it_is_watched_the_pace(capsys: pytest.CaptureFixture[str]) -> None:
    print_children([child()])
    assert "jobs/s" not in capsys.readouterr().out
    print_children([child(), child("api", jobs_done=None, jobs_failed=None)], {"images:1": 7.25})
    _title, columns, first, second = capsys.readouterr().out.splitlines()
    words = columns.split()
    assert words[6:9] == ["done", "failed", "jobs/s"]
    assert first.split()[7:10] == ["100", "2", "7.2"]  # `10 s` are two words
    assert second.split()[7:10] == ["–", "–", "–"]
