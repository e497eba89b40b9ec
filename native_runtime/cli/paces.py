"""How many jobs each worker process ends in a second, from two status documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from native_runtime.gateway.snapshot import Document


def paces(before: Iterable[Document], now: Iterable[Document]) -> dict[str, float]:
    """Jobs per second, by the child's name; without those of whom it is not known.

    Args:
        before: The children of an earlier document.
        now: Those of a later one. Their own age is the clock, which a slow answer does not move.
    """
    earlier = {child["name"]: child for child in before if _counts(child)}
    found = {}
    for child in now:
        if not _counts(child) or child["name"] not in earlier:
            continue
        was = earlier[child["name"]]
        age, count = (was["uptime"], _ended(was)) if was["pid"] == child["pid"] else (0.0, 0)
        seconds, jobs = child["uptime"] - age, _ended(child) - count
        if seconds > 0 and jobs >= 0:
            found[child["name"]] = jobs / seconds
    return found


def _counts(child: Document) -> bool:
    return child.get("jobs_done") is not None and child["uptime"] is not None


def _ended(child: Document) -> int:
    return int(child["jobs_done"] + child["jobs_failed"])
