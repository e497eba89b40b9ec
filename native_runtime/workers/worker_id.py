"""The id under which a worker claims jobs, and whether the process it names still lives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from native_runtime.queue.birth import birth_of

_FORM: Final = re.compile(
    r"(?P<child>.+)@(?P<pid>[0-9]+)\.(?P<born>t[0-9a-f]+-[0-9a-f]+|[0-9a-f]+)", re.DOTALL
)
_CLOCK_TOLERANCE: Final = 2.0  # seconds by which the system's and the worker's idea of its start may differ


@dataclass(frozen=True, slots=True)
class WorkerId:
    """`<child>@<pid>.<birth>`.

    Attributes:
        child: The child's name.
        pid: Of the worker process.
        born: As `own_birth` gave it.
    """

    child: str
    pid: int
    born: str

    @classmethod
    def parse(cls, text: str) -> WorkerId | None:
        """Read an id; None if it is of another form, so that nothing can be said about its owner."""
        found = _FORM.fullmatch(text)
        return None if found is None else cls(found["child"], int(found["pid"]), found["born"])

    @property
    def is_alive(self) -> bool:
        """True while the very process runs that took this id; its pid may have gone to somebody else since."""
        if self.born.startswith("t"):
            return birth_of(self.pid) == self.born
        return _lives_since(self.pid, int(self.born, 16) / 1000)


def _lives_since(pid: int, epoch: float) -> bool:
    import psutil  # only here: most apps never find a job that was left behind, and it weighs a megabyte

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False  # dead, and its parent has not noticed
        # A process cannot have taken an id before it existed.
        return bool(process.create_time() <= epoch + _CLOCK_TOLERANCE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True  # somebody else's: better a job that waits than a job that runs twice
