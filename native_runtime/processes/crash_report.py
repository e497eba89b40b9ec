"""What a crash leaves behind: one JSON file with everything that was known when it happened."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LAST_LINES: Final = 200  # of output, both streams
KEPT_REPORTS: Final = 100  # the oldest go first

log = logging.getLogger("native_runtime.processes")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashReport:
    """A crash.

    Attributes:
        id: Names the file; sorts by time.
        child: The child's name.
        reason: As in `ExitReason`.
        exit_code: Or None where a signal ended it.
        signal: Name, or None.
        detail: One sentence for a person.
        at: ISO 8601, UTC.
        pid: Of the run that ended.
        uptime: Seconds.
        job: `{"id", "name", "attempt"}` that was running, or None.
        output: The last lines, oldest first.
        memory: `[seconds since spawn, resident bytes]` samples before the end.
        traceback: Python stacks of all threads, where faulthandler could write them; else empty.
    """

    id: str
    child: str
    reason: str
    exit_code: int | None
    signal: str | None
    detail: str
    at: str
    pid: int
    uptime: float
    job: Mapping[str, Any] | None = None
    output: tuple[str, ...] = ()
    memory: tuple[tuple[float, int], ...] = ()
    traceback: str = ""


def python_traceback(lines: Sequence[str]) -> str:
    """The last dump of faulthandler, or the last traceback, among output lines; empty if there is none."""
    starts = [
        index
        for index, line in enumerate(lines)
        if line.startswith(
            ("Fatal Python error", "Windows fatal exception", "Traceback (most recent call last)")
        )
    ]
    return "\n".join(lines[starts[-1] :]) if starts else ""


def write_report(folder: Path, report: CrashReport) -> Path | None:
    """Write `report`, all of it or nothing, and drop the oldest ones. None if the disk does not take it; that is logged."""
    path = folder / f"{report.id}.json"
    draft = path.with_name(f"{path.name}.new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(asdict(report), indent=1, ensure_ascii=False), "utf-8")
        draft.replace(path)
        # Drafts included, which an app that was killed has left.
        for old in sorted(folder.glob("*.json*"))[:-KEPT_REPORTS]:
            old.unlink(missing_ok=True)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        log.warning("the crash report of %s could not be written to %s: %s", report.child, path, error)
        return None
    return path


def read_reports(folder: Path) -> list[dict[str, Any]]:
    """All reports, newest first, each as its JSON object with `path` added. Broken files are skipped."""
    reports = []
    for path in sorted(folder.glob("*.json"), reverse=True):
        try:
            document = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            log.warning("%s: not a readable crash report", path)
            continue
        if isinstance(document, dict):
            reports.append({**document, "path": str(path)})
    return reports
