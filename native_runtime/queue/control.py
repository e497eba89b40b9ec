"""The worker's end of the control channel (docs/control-channel.md)."""

from __future__ import annotations

import importlib
import os
import threading
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec

from native_runtime import environment
from native_runtime.queue.background import in_background

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping

_LEFT_ALONE: Final = 1  # exit code of a worker whose app is gone; nobody is there to read it


class ControlChannel:
    """Hears the app and speaks to it. The app's end of file ends this process, wherever it is.

    Args:
        read: Descriptor on which the app's messages come.
        write: Descriptor for messages to the app.
        leave: Called, in the reading thread, once the app is gone.
    """

    def __init__(self, read: int, write: int, *, leave: Callable[[], None] | None = None) -> None:
        self._read = read
        self._write = write
        self._leave = leave or leave_with_group
        self._lock = threading.Lock()

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str]) -> ControlChannel | None:
        """The channel that the app has handed down; None if no app did.

        The variable is taken out, and the descriptors are not inherited further: a job's own children must
        neither speak here nor keep the channel open.
        """
        ends = environ.pop(environment.CONTROL, None)
        if ends is None:
            return None
        read, write = (
            _descriptor(int(number), mode) for number, mode in zip(ends.split(","), "rw", strict=True)
        )
        for end in (read, write):
            os.set_inheritable(end, False)  # noqa: FBT003 - the system's own signature
        return cls(read, write)

    def listen(self, actions: Mapping[str, Callable[[Mapping[str, Any]], object]]) -> None:
        """Begin to act on messages, in a thread of its own.

        Args:
            actions: What to do by a message's `op`; must return soon. Others are ignored.
        """
        in_background(lambda: self._hear(actions), "control")

    def send(self, *messages: Mapping[str, object]) -> None:
        """Tell the app, all of it at once. If it is gone, the reading thread will know."""
        lines = b"".join(map(_line, messages))
        try:
            with self._lock:
                while lines:
                    lines = lines[os.write(self._write, lines) :]
        except OSError:
            pass  # a broken pipe: end of file follows on the other one

    def _hear(self, actions: Mapping[str, Callable[[Mapping[str, Any]], object]]) -> None:
        rest = b""
        while data := _read_some(self._read):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._act(line, actions)
        self._leave()

    def _act(self, line: bytes, actions: Mapping[str, Callable[[Mapping[str, Any]], object]]) -> None:
        try:
            message = msgspec.json.decode(line)
            action = actions.get(message["op"])
        except (msgspec.DecodeError, KeyError, TypeError):
            return  # a newer app may say what this worker does not know
        if action is not None:
            action(message)


def leave_with_group() -> NoReturn:
    """End this process now, and what it started, without a word."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        import signal

        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(_LEFT_ALONE)


def _line(message: Mapping[str, object]) -> bytes:
    try:
        return msgspec.json.encode(message) + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, as in the name of an odd file
        import json

        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace") + b"\n"


def _descriptor(number: int, mode: str) -> int:
    if os.name != "nt":
        return number
    msvcrt: Any = importlib.import_module("msvcrt")  # there the number is a handle
    return int(msvcrt.open_osfhandle(number, os.O_RDONLY if mode == "r" else os.O_WRONLY))


def _read_some(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
