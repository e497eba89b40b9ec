"""The id under which a worker claims jobs, and whether the process it names still lives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FORM: Final = re.compile(r"(?P<child>.+)@(?P<pid>[0-9]+)\.(?P<started>[0-9a-f]+)", re.DOTALL)
_CLOCK_TOLERANCE: Final = 2.0  # seconds by which the system's and the worker's idea of its start may differ


@dataclass(frozen=True, slots=True)
class WorkerId:
    """`<child>@<pid>.<start>`.

    Attributes:
        child: The child's name.
        pid: Of the worker process.
        started: Epoch seconds, taken by the worker itself soon after it began.
    """

    child: str
    pid: int
    started: float

    @classmethod
    def parse(cls, text: str) -> WorkerId | None:
        """Read an id; None if it is of another form, so that nothing can be said about its owner."""
        found = _FORM.fullmatch(text)
        if found is None:
            return None
        return cls(found["child"], int(found["pid"]), int(found["started"], 16) / 1000)

    @property
    def is_alive(self) -> bool:
        """True while the very process runs that took this id; its pid may have gone to somebody else since."""
        import psutil  # only here: most apps never find a job that was left behind, and it weighs a megabyte

        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False  # dead, and its parent has not noticed
            # A process cannot have taken an id before it existed.
            return bool(process.create_time() <= self.started + _CLOCK_TOLERANCE)
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True  # somebody else's: better a job that waits than a job that runs twice
