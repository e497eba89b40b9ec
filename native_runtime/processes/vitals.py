"""Watches one run of a child: is it ready yet, and does it still work? Asks only where the spec says how."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from pathlib import Path

    from native_runtime.clock import Clock
    from native_runtime.processes.readiness import Health, Probe, Ready

ASK_AGAIN: Final = 0.05  # seconds between two looks at a child that is not ready yet
_HTTP_PATIENCE: Final = 5.0  # seconds for an answer; a thread is held no longer by a server that gives none
_HTTP_OK: Final = range(200, 400)


class Vitals:
    """Asks on the loop's thread; whatever blocks runs on `helpers`.

    Args:
        clock: Time.
        helpers: Threads for calls that block, apart from those that release jobs.
        heartbeat_file: The file the child should touch.
    """

    def __init__(self, *, clock: Clock, helpers: Executor, heartbeat_file: Path) -> None:
        self._clock = clock
        self._helpers = helpers
        self._heartbeat_file = heartbeat_file

    async def become_ready(self, ready: Ready) -> bool:
        """Ask until it is ready; False when the time is over."""
        try:
            async with asyncio.timeout(ready.timeout):
                while not await self._answers(ready.probe, newer_than=0.0):  # noqa: ASYNC110 - a foreign program tells us nothing
                    await asyncio.sleep(ASK_AGAIN)
        except TimeoutError:
            return False
        return True

    async def fall_ill(self, health: Health) -> None:
        """Return once the child has failed to answer as often in a row as it may."""
        failures = 0
        while failures < health.retries:
            await asyncio.sleep(health.interval)
            newer_than = self._clock.epoch() - health.interval
            try:
                async with asyncio.timeout(health.interval):
                    works = await self._answers(health.probe, newer_than=newer_than)
            except TimeoutError:
                works = False
            failures = 0 if works else failures + 1

    async def _answers(self, probe: Probe, *, newer_than: float) -> bool:
        loop = asyncio.get_running_loop()
        try:
            if probe.tcp is not None:
                _, writer = await asyncio.open_connection("127.0.0.1", probe.tcp)
                writer.close()
                return True
            if probe.http is not None:
                return await loop.run_in_executor(self._helpers, _works, probe.http)
            touched = await loop.run_in_executor(self._helpers, self._heartbeat_file.stat)
        except OSError:
            return False
        return touched.st_mtime > newer_than


def _works(url: str) -> bool:
    # Only here, because most apps have no such probe and http.client weighs more than a megabyte.
    import http.client
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_HTTP_PATIENCE)
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}")
        return connection.getresponse().status in _HTTP_OK
    except http.client.HTTPException:
        return False
    finally:
        connection.close()
