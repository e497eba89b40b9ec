"""Log lines of jobs: each carries the job it belongs to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping


class JobLog(logging.LoggerAdapter[logging.Logger]):
    """Puts `prefix` before each message of the logger `native_runtime.jobs`.

    Where the app has set up no logging, the lines go to standard error from level INFO on.
    """

    def __init__(self, prefix: str) -> None:
        logger = logging.getLogger("native_runtime.jobs")
        if not logger.hasHandlers():
            handler = logging.StreamHandler()
            handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
            logger.addHandler(handler)
            logger.setLevel(logging.INFO)
        super().__init__(logger, {})
        self._prefix = prefix

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """The message with its prefix."""
        return f"{self._prefix}{msg}", kwargs
