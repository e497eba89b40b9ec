from __future__ import annotations

import threading

from native_runtime.queue.bell import Bell

FAR = 60.0  # seconds; a test that waits so long has failed


def test_a_ring_before_the_wait_is_heard_once_however_often_it_rang() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    assert bell.wait(FAR)
    assert not bell.wait(0.0)


def test_a_ring_wakes_who_waits() -> None:
    bell = Bell()
    thread = threading.Thread(target=bell.ring)
    thread.start()
    assert bell.wait(FAR)
    thread.join(FAR)


def test_rings_that_were_hushed_are_not_heard() -> None:
    bell = Bell()
    bell.ring()
    bell.hush()
    assert not bell.wait(0.0)
