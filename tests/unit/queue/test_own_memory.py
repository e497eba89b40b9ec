from __future__ import annotations

import os

import psutil

from native_runtime.queue import own_memory


def test_the_resident_memory_is_what_the_system_says() -> None:
    told = own_memory.reader()()
    seen = psutil.Process(os.getpid()).memory_info().rss
    assert abs(told - seen) < 16 * 1024 * 1024


def test_memory_that_is_taken_shows() -> None:
    resident = own_memory.reader()
    before = resident()
    taken = bytearray(os.urandom(1)) * (64 * 1024 * 1024)
    assert resident() - before > 32 * 1024 * 1024
    assert taken
