"""Claims and settles at random beside others like it until every job is done; logs each step with when it was taken."""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from native_runtime.queue.driver import Ack, JobFilter, QueueDriver, Release, Settlement
from native_runtime.queue.drivers.sqlite import SqliteDriver
from native_runtime.queue.job import Claim
from native_runtime.queue.state import JobState

path, worker, seed, log = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
OPEN = JobFilter(states=(JobState.READY, JobState.DELAYED, JobState.RUNNING))
dice = random.Random(seed)
driver: QueueDriver = SqliteDriver(path)
former: list[Claim] = []  # claims that others, or we ourselves, have ended since
steps: list[dict[str, Any]] = []


def settled(claims: list[Claim]) -> None:
    """End these claims in one of the ways there are."""
    settlements: list[Settlement] = []
    for claim in claims:
        release = Release(job_id=claim.id, token=claim.token, at=0.0, give_back=dice.random() < 0.5)
        settlements.append(release if dice.random() < 0.5 else Ack(job_id=claim.id, token=claim.token))
    began = time.monotonic_ns()
    held = driver.settle(settlements, now=time.time())
    for each, was_held in zip(settlements, held, strict=True):
        what = "ack" if isinstance(each, Ack) else "release"
        note(what, each.job_id, each.token, began, held=was_held)
    former.extend(claims)


def note(what: str, job_id: str, token: int, began: int, *, held: bool = True) -> None:
    """Remember a step."""
    steps.append(
        {"what": what, "id": job_id, "token": token, "held": held, "from": began, "to": time.monotonic_ns()}
    )


while driver.count(OPEN):
    begun = time.monotonic_ns()
    mine = driver.claim(["default"], worker=worker, limit=dice.randint(1, 4), now=time.time())
    for claim in mine:
        note("claim", claim.id, claim.token, begun)
    if dice.random() < 0.8:  # else it forgets them, as the dead do
        settled(mine)
    if dice.random() < 0.3:  # somebody takes it for dead, rightly or not, or it wakes up late
        settled(driver.claims_of(dice.choice(driver.workers() or [worker])))
    if former and dice.random() < 0.5:
        settled([dice.choice(former)])
log.write_text("".join(f"{json.dumps(step)}\n" for step in steps))
driver.close()
