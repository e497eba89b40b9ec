"""workers.toml to be edited by the app beside the people who edit it: one key at a time, or as a whole."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from native_runtime.errors import ConfigConflictError, ConfigError
from native_runtime.workers import toml
from native_runtime.workers.config_text import BYTE_ORDER_MARK, decode, digest_of, encode, read_body
from native_runtime.workers.edit import remove_key, set_key
from native_runtime.workers.editing import editing
from native_runtime.workers.key_path import parse_key
from native_runtime.workers.loader import read_config
from native_runtime.workers.own_writes import OWN_WRITES, OwnWrite, OwnWrites
from native_runtime.workers.problem import show_path
from native_runtime.workers.replacing import Replacement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from native_runtime.workers.config import Config
    from native_runtime.workers.problem import KeyPath

_TRIES: Final = 20  # a person saves once; whatever saves so often is no person
_SETTLING: Final = 0.05  # seconds in which an editor that writes in place has written on
_MISSING: Final = object()
_UNSEEN: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigText:
    """What stands in the file.

    Attributes:
        text: Without a byte order mark.
        digest: Tells this text from every other; give it back to `ConfigFile.write`.
    """

    text: str
    digest: str


class ConfigFile:
    """A workers.toml.

    An edit changes the named key and nothing else: comments, layout and line ends stay byte for byte. Nothing is written
    that the runtime would refuse. If a person saves the file meanwhile, their text wins: the edit is made again
    on top of it where the key still has the value it had, and refused with `ConfigConflictError` where it has not.

    Args:
        path: The file.
        environ: Variables that the file names or that override it; by default those of this process.
        own_writes: Where each write is noted, for whoever watches the file.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        environ: Mapping[str, str] | None = None,
        own_writes: OwnWrites = OWN_WRITES,
    ) -> None:
        self.path: Final = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow a link away
        self._environ = os.environ if environ is None else environ
        self._own_writes = own_writes

    def read(self) -> ConfigText:
        """What stands in the file now, valid or not.

        Raises:
            ConfigError: It is not there, cannot be read, or is no text.
        """
        body = read_body(self.path)
        return ConfigText(text=decode(body, self.path).removeprefix(BYTE_ORDER_MARK), digest=digest_of(body))

    def check(self, text: str) -> Config:
        """What the runtime would make of a text.

        Raises:
            ConfigError: It would refuse it; holds every problem.
        """
        return read_config(text, path=self.path, environ=self._environ)

    def set(self, key: str, value: object, *, origin: str | None = None) -> str:
        """Set one key: `set("workers.default.memory", 96)`. A section that is missing is made.

        Args:
            key: Its path; names with dots in them are quoted, as in the file.
            value: Text, a number, true or false, or a list or table of those.
            origin: Who asks; comes back in the events that follow.

        Returns:
            The digest of the text that is in the file then.

        Raises:
            ConfigError: The file would not be valid, or cannot be written. Nothing was written.
            ConfigConflictError: Somebody else gave the key another value meanwhile. Nothing was written.
        """
        path = parse_key(key)
        with editing(self.path):
            return self._edit(path, lambda text: set_key(text, path, value), origin)

    def remove(self, key: str, *, origin: str | None = None) -> str:
        """Remove one key, so that its default holds. Arguments, result and errors as for `set`."""
        path = parse_key(key)
        with editing(self.path):
            return self._edit(path, lambda text: remove_key(text, path), origin)

    def write(self, text: str, *, digest: str, origin: str | None = None) -> str:
        """Write a whole text.

        Args:
            text: The new one.
            digest: Of the text that it was made from.
            origin: Who asks; comes back in the events that follow.

        Returns:
            The digest of the text that is in the file then.

        Raises:
            ConfigError: The text is not valid, or cannot be written. Nothing was written.
            ConfigConflictError: Another text than that of `digest` is in the file. Nothing was written.
        """
        with editing(self.path):
            before = read_body(self.path)
            if digest_of(before) == digest:
                after = self._checked(decode(before, self.path), lambda _: text)
                if self._swap(before, after, origin):
                    return digest_of(after)
                before = read_body(self.path)
        raise ConfigConflictError(self.path, digest_of(before), "it was changed since it was read")

    def _edit(self, path: KeyPath, change: Callable[[str], str], origin: str | None) -> str:
        seen: Any = _UNSEEN
        for _ in range(_TRIES):
            before = read_body(self.path)
            try:
                text = decode(before, self.path)
                now = _value_at(toml.parse(text.removeprefix(BYTE_ORDER_MARK), self.path), path)
                seen = now if seen is _UNSEEN else seen
                if now != seen:
                    what = f"{show_path(path)} was changed by somebody else at the same time"
                    raise ConfigConflictError(self.path, digest_of(before), what)
                after = self._checked(text, change)
            except ConfigError:
                if self._is_settled(before):
                    raise
                continue  # it was being written
            if self._swap(before, after, origin):
                return digest_of(after)
        raise ConfigConflictError(
            self.path, digest_of(before), "it is saved by somebody else again and again"
        )

    def _checked(self, text: str, change: Callable[[str], str]) -> bytes:
        """The changed text, with the byte order mark it had."""
        mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        changed = change(text.removeprefix(mark))
        body = encode(mark + changed, self.path)
        self.check(changed)
        return body

    def _is_settled(self, before: bytes) -> bool:
        """False if the file is being written: what was read of it may have been the half."""
        threading.Event().wait(_SETTLING)
        return read_body(self.path) == before

    def _swap(self, before: bytes, after: bytes, origin: str | None) -> bool:
        """Put `after` in the place of `before`; False if something else is there by now."""
        if after == before:
            return True  # whoever watches the file is left in peace
        try:
            with Replacement(self.path, after) as replacement:
                if read_body(self.path) != before:
                    return False
                self._own_writes.note(OwnWrite(digest=digest_of(after), origin=origin))
                replacement.take_place()
        except OSError as error:
            hint = "let this user write to the file and its folder"
            raise ConfigError([f"{self.path}: cannot be written: {error.strerror}; {hint}"]) from error
        return True


def _value_at(values: Any, path: KeyPath) -> Any:
    """The value at `path`; a mark of its own where there is none."""
    for part in path:
        values = values.get(part, _MISSING) if isinstance(values, dict) else _MISSING
    return values
