from __future__ import annotations

import signal
import threading

import pytest

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


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signal can be sent to a thread there")
def test_a_signal_handler_rings_in_the_very_thread_that_waits() -> None:
    bell = Bell()
    before = signal.signal(signal.SIGURG, lambda _number, _frame: bell.ring())
    main = threading.get_ident()
    is_over = threading.Event()

    def poke() -> None:  # again and again: the first may come before the wait has begun
        while not is_over.wait(0.001):
            signal.pthread_kill(main, signal.SIGURG)

    thread = threading.Thread(target=poke)
    thread.start()
    try:
        for _ in range(100):
            assert bell.wait(FAR)
    finally:
        is_over.set()
        thread.join(FAR)
        signal.signal(signal.SIGURG, before)


def test_no_ring_is_lost_between_two_threads() -> None:
    there, back = Bell(), Bell()

    def echo() -> None:
        for _ in range(2_000):
            assert there.wait(FAR)
            back.ring()

    thread = threading.Thread(target=echo)
    thread.start()
    for _ in range(2_000):
        there.ring()
        assert back.wait(FAR)
    thread.join(FAR)
