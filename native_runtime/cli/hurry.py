"""The second Ctrl-C of `runtime`: somebody does not want to wait until children have left by themselves."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Final

from native_runtime.cli.group import PROGRAM
from native_runtime.cli.output import say
from native_runtime.processes.exit_status import Asked

if TYPE_CHECKING:
    from native_runtime.processes.supervisor import Supervisor

KILL_EVERY: Final = 0.1  # seconds
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def hurry_when_asked_again(supervisor: Supervisor) -> None:
    """From now on Ctrl-C and SIGTERM kill the children at once. The next one after that ends this very process."""

    def hurry(_number: int, _frame: object) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        # On a thread of its own: this one may hold a lock that the supervisor needs.
        threading.Thread(
            target=_kill_all, args=(supervisor,), name="native-runtime hurry", daemon=True
        ).start()

    for number in SIGNALS:
        signal.signal(number, hurry)


def _kill_all(supervisor: Supervisor) -> None:
    say(f"{PROGRAM}: asked again: children are killed, and not waited for", err=True)
    pause = threading.Event()
    with contextlib.suppress(RuntimeError):  # at the end: it runs no more
        while True:  # one that is not being stopped yet comes back
            for name in supervisor.all():
                supervisor.kill(name, Asked.STOP, "killed, since somebody asked to stop a second time")
            pause.wait(KILL_EVERY)
