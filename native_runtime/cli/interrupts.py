"""Ctrl-C before there is anything to end, and while a runtime starts."""

from __future__ import annotations

import os
import signal

# As type checkers know it: until this module is there, Ctrl-C ends in a traceback, so it goes without typing's milliseconds.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, NoReturn

INTERRUPTED: Final = "interrupted"
LINE: Final = f"native-runtime: {INTERRUPTED}\n"
FAILED: Final = 1  # as in main, which imports too much for this


class nothing_to_undo:  # noqa: N801 - used like a function, as contextlib's own; that would cost milliseconds, too
    """While only modules and files are read, Ctrl-C ends this process at once, with one line.

    An exception would end up anywhere in what is being imported, and be told, or swallowed, there.
    """

    def __enter__(self) -> None:
        # Else an app, or nohup, has its own way, or this is within another one.
        self._is_mine = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if self._is_mine:
            try:
                signal.signal(signal.SIGINT, _leave)
            except ValueError:  # on another thread, which Ctrl-C does not interrupt
                self._is_mine = False

    def __exit__(self, *_: object) -> None:
        if self._is_mine:
            signal.signal(signal.SIGINT, signal.default_int_handler)


class Asked:
    """Takes note of the first Ctrl-C or SIGTERM, so that it cuts no start in two. A second one interrupts."""

    def __init__(self) -> None:
        self._is_asked = False
        # Ctrl-C is nobody's business in the background of a script, where it comes ignored.
        self._signals = [
            number
            for number in (signal.SIGINT, signal.SIGTERM)
            if number is signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN
        ]
        for number in self._signals:
            signal.signal(number, self._note)

    def interrupt(self) -> None:
        """From here on the first one interrupts, too.

        Raises:
            KeyboardInterrupt: It has come before.
        """
        for number in self._signals:
            signal.signal(number, signal.default_int_handler)
        if self._is_asked:
            raise KeyboardInterrupt

    def _note(self, _number: int, _frame: object) -> None:
        self._is_asked = True
        for number in self._signals:
            signal.signal(number, signal.default_int_handler)


def _leave(_number: int, _frame: object) -> NoReturn:
    try:
        os.write(2, LINE.encode())
    finally:
        os._exit(FAILED)
