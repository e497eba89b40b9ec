"""Follows workers.toml: a valid edit is handed on, any other is told and changes nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from native_runtime.errors import ConfigError
from native_runtime.events import caused_by, current_cause
from native_runtime.workers.config_text import LARGEST_FILE
from native_runtime.workers.events import ConfigRejected
from native_runtime.workers.file_watch import FileWatch, digest_of
from native_runtime.workers.loader import load_body
from native_runtime.workers.own_writes import OWN_WRITES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from native_runtime.clock import Clock
    from native_runtime.events import Cause, EventBus
    from native_runtime.workers.config import Config


class ConfigWatch:
    """Safe from any thread.

    Args:
        path: The file.
        config: What was read from it last; an edit since then is found at the start.
        apply: Called with each new configuration, the digest of its text, and who changed it.
        bus: Is told of edits that cannot be used.
        clock: Time.
    """

    def __init__(
        self,
        path: Path,
        *,
        config: Config,
        apply: Callable[[Config, str, str | None], object],
        bus: EventBus,
        clock: Clock,
    ) -> None:
        self._path = path
        self._first: Config | None = config
        self._apply = apply
        self._bus = bus
        self._file = FileWatch(path, known=None, changed=self._changed, clock=clock, longest=LARGEST_FILE + 1)
        self.problems: tuple[str, ...] = ()

    def start(self) -> None:
        """Begin; returns at once. Harmless twice."""
        self._file.start()

    def stop(self) -> None:
        """End. Harmless twice, or before `start`."""
        self._file.stop()

    def look(self) -> bool:
        """Read the file now and act on it; returns when that is done. True if it had a new content."""
        return self._file.look()

    def _changed(self, content: bytes) -> None:
        digest = digest_of(content)
        own = OWN_WRITES.take(digest)  # applied once, in the name of whoever asked for it, and not echoed
        origin = own.origin if own is not None else None
        with caused_by(own.cause if own is not None else self._cause_of_edit()):
            try:
                # What was read, not the file: an editor may just be emptying it to write it anew.
                config = load_body(content, path=self._path, environ=os.environ)
            except ConfigError as error:
                self.problems = tuple(error.problems)
                self._first = None
                self._bus.publish(ConfigRejected(path=str(self._path), problems=self.problems, origin=origin))
                return
            self.problems = ()
            first, self._first = self._first, None
            if config != first:
                self._apply(config, digest, origin)

    def _cause_of_edit(self) -> Cause:
        """A handler of the app that was at work when somebody else wrote the file, if one was.

        So a handler that edits the file whenever it has changed is a circle, and is cut like any other.
        """
        try:
            return self._bus.cause_at(self._path.stat().st_mtime)
        except OSError:
            return current_cause()
