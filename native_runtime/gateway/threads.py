"""Small pools of threads for what blocks, so that a slow act never keeps the panel from reading."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import anyio
import anyio.to_thread
from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Runs blocking functions for the gateway's loop.

    Args:
        most: Functions that may run at the same time; further ones wait for their turn.
    """

    def __init__(self, most: int) -> None:
        self._limiter = anyio.CapacityLimiter(most)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result.

        Raises:
            HTTPException: 503: the server stops. The function goes on, but nobody waits for it.
        """
        try:
            return await anyio.to_thread.run_sync(
                partial(function, *args, **kwargs), abandon_on_cancel=True, limiter=self._limiter
            )
        except asyncio.CancelledError:
            raise HTTPException(503, "the app stops now; what was asked for may still be done") from None
