"""Those who wait for the same moment in a child's life."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class Waiters:
    """Owned by the loop's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._futures: list[asyncio.Future[None]] = []

    def join(self, *, is_over: bool) -> asyncio.Future[None]:
        """Done when the moment comes, or at once if it `is_over`."""
        self._futures = [future for future in self._futures if not future.done()]  # some gave up waiting
        future: asyncio.Future[None] = self._loop.create_future()
        if is_over:
            future.set_result(None)
        else:
            self._futures.append(future)
        return future

    def tell(self) -> None:
        """The moment has come."""
        futures, self._futures = self._futures, []
        for future in futures:
            if not future.done():
                future.set_result(None)
