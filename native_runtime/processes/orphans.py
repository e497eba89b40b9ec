"""Ends what an earlier run of the app left behind, and never anything else."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from native_runtime.processes.identity import identity_of
from native_runtime.processes.lineage import end_all, processes
from native_runtime.processes.sweeper import LOOK_AGAIN

if TYPE_CHECKING:
    from native_runtime.processes.ledger import Entry, Ledger

log = logging.getLogger("native_runtime.processes")


def end_orphans(ledger: Ledger, owner_marker: str) -> list[Entry]:
    """End every noted child that still is the process it was, and whoever bears a marker of an earlier run.

    Args:
        ledger: What was noted.
        owner_marker: Beginning of the markers of all runs on this data folder; none of them may live now.

    Returns:
        The noted ones that were ended. A pid that belongs to another process now is only struck out.
    """
    ended = []
    living = processes()
    for entry in ledger.entries():
        if identity_of(entry.pid) == entry.identity:
            if entry.pid in living:  # else it only waits to be reaped by whoever inherited it
                log.warning("ending %s (pid %d), left behind by an earlier run", entry.name, entry.pid)
            ended.append(entry)
        ledger.leave(entry.pid)
    never = threading.Event()
    end_all(
        roots={entry.pid for entry in ended},
        markers=(owner_marker,),
        pause=lambda: never.wait(LOOK_AGAIN),
    )
    return ended
