"""Finds every process with a tag on its command line: a witness that knows nothing of our markers and groups."""

from __future__ import annotations

import psutil


def tagged(tag: object) -> list[int]:
    """Pids of all running processes one of whose arguments is `tag`. Zombies have no arguments."""
    return [each.pid for each in psutil.process_iter(["cmdline"]) if str(tag) in (each.info["cmdline"] or ())]
