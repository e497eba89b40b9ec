"""Whether a child uses more memory than it may. Pure: a reading and a limit in, a sentence or None out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from native_runtime.processes.spec import MemoryLimits

MEGABYTE: Final = 1024 * 1024


def over_hard_limit(rss: int, limits: MemoryLimits) -> str | None:
    """Why the child must be killed now, or None if it may live. `rss` in bytes, of its whole tree."""
    if limits.hard is None or rss <= limits.hard:
        return None
    return f"killed at {rss / MEGABYTE:.0f} MB: over its hard memory limit of {limits.hard / MEGABYTE:.0f} MB"
