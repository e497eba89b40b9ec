"""What is asked of the link is done in its turn, or refused; nothing is taken and never done."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime.clock import SystemClock
from native_runtime.events import EventBus
from native_runtime.queue.options import WorkOptions
from native_runtime.workers.doorbell import Doorbell
from native_runtime.workers.job_news import JobNews
from native_runtime.workers.link import Link
from native_runtime.workers.roster import Member, Roster

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def link() -> Iterator[Link]:
    bus = EventBus(clock=SystemClock())
    roster = Roster()
    yield Link(
        news=JobNews(bus, wants=lambda _kind: False, wants_brief=lambda _kind: False),
        roster=roster,
        doorbell=Doorbell(roster=roster, send=lambda _child, _message: True),
        member_of=lambda child, pid, worker_id: Member(child, pid, WorkOptions(), worker_id, child),
        cancelling=lambda _job, _token, _worker: None,
        recycle=lambda _child, _pid, _reason: None,
    )
    bus.close()


class SlowQueue(SimpleQueue[Any]):
    """Lets somebody stop the link while an errand is being put."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self.stopping = threading.Thread(target=link.stop)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002 - its signature
        if item is not None:
            self.stopping.start()
            self.stopping.join(0.1)  # it ends here if nothing holds it up
        super().put(item, block, timeout)


def test_an_errand_that_was_taken_while_somebody_stops_the_link_is_done(link: Link) -> None:
    link._errands = errands = SlowQueue(link)
    link.start()
    done = threading.Event()
    assert link.soon(done.set)
    errands.stopping.join()
    assert done.is_set()


def test_nothing_is_taken_where_nobody_would_do_it(link: Link) -> None:
    assert not link.soon(lambda: None)
    link.start()
    link.stop()
    link.stop()
    assert not link.soon(lambda: None)
