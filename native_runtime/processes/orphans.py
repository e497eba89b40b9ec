"""Ends what an earlier run of the app left behind, and never anything else."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from native_runtime.processes.identity import identity_of
from native_runtime.processes.tree import kill_tree

if TYPE_CHECKING:
    from native_runtime.processes.ledger import Entry, Ledger

log = logging.getLogger("native_runtime.processes")


def end_orphans(ledger: Ledger) -> list[Entry]:
    """End every noted child that still is the process it was, with its tree.

    Returns:
        Those that were ended. A pid that belongs to another process now is only struck out.
    """
    ended = []
    for entry in ledger.entries():
        if identity_of(entry.pid) == entry.identity:
            log.warning("ending %s (pid %d), left behind by an earlier run", entry.name, entry.pid)
            kill_tree(entry.pid)
            ended.append(entry)
        ledger.leave(entry.pid)
    return ended
