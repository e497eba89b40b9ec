"""`[queues.NAME]` is read as strictly as the rest, and a queue that nobody serves is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from native_runtime.errors import ConfigError
from native_runtime.queue.rate import Rate
from native_runtime.queue.settings import QueueSettings
from native_runtime.workers.loader import load
from native_runtime.workers.unserved import unserved_queues

if TYPE_CHECKING:
    from pathlib import Path

    from native_runtime.workers.config import Config


def read(folder: Path, text: str) -> Config:
    path = folder / "workers.toml"
    path.write_text(text)
    return load(path, environ={"HOME": "/home/me"})


def test_every_key_of_a_queue_is_read(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        """
        [queues.images]
        concurrency = 2
        rate = "5/10s"
        paused = true
        pause_on_battery = true

        [queues."a.b"]
        """,
    )
    assert config.queues == {
        "images": QueueSettings(
            name="images", concurrency=2, rate=Rate(5, 10.0), paused=True, pause_on_battery=True
        ),
        "a.b": QueueSettings(name="a.b"),
    }


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("concurrency = 0", "queues.images.concurrency: expected a whole number of 1 or more, got 0"),
        ("concurrency = true", "queues.images.concurrency: expected a whole number of 1 or more, got true"),
        (
            'rate = "10/day"',
            'queues.images.rate: expected a rate such as "10/s", "100/m", "1000/h" or "5/10s", got "10/day"',
        ),
        (
            "rate = 10",
            'queues.images.rate: expected a rate such as "10/s", "100/m", "1000/h" or "5/10s", got 10',
        ),
        ('paused = "no"', 'queues.images.paused: expected true or false, got "no"'),
        (
            "pause_on_batery = true",
            "queues.images.pause_on_batery: unknown key; did you mean 'pause_on_battery'?",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(line: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, f"[queues.images]\n{line}\n")
    assert [each.split(": ", 1)[1] for each in refused.value.problems] == [problem]
    assert refused.value.problems[0].startswith("workers.toml:2:")


def test_the_name_of_a_queue_is_one_that_jobs_can_have(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a name of 1 to 128 letters"):
        read(tmp_path, '[queues."a b"]\n')


def test_a_queue_that_no_worker_serves_is_told(tmp_path: Path) -> None:
    config = read(
        tmp_path, '[queues.images]\n[queues.mail]\n[queues."x.y"]\n[workers.a]\nqueues = ["mail"]\n'
    )
    what_to_do = "add it to the 'queues' of a worker, or remove the section"
    assert unserved_queues(config) == [
        f"no worker serves the queue 'images' of [queues.images]; {what_to_do}",
        f"no worker serves the queue 'x.y' of [queues.\"x.y\"]; {what_to_do}",
    ]
