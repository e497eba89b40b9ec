"""One supervisor with its children in a folder of its own, and nothing left of either afterwards."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.comparison import procfs
from benchmarks.supervisors.peer import Setup
from benchmarks.supervisors.reports import Reports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.supervisors.peer import Peer, Session

MARK: Final = "SUPERVISION_BENCHMARK"  # inherited by all that is started here: whom we may kill afterwards


class Trial:
    """A supervisor that was told of its children.

    Attributes:
        session: The supervisor.
        reports: What its children tell.
        names: Of its children.
    """

    def __init__(self, peer: Peer, setup: Setup, mark: str, reports: Reports) -> None:
        self._peer = peer
        self._setup = setup
        self._mark = mark
        self._sessions = [peer.open(setup)]
        self.reports = reports
        self.names = setup.names

    @property
    def session(self) -> Session:
        """The latest one."""
        return self._sessions[-1]

    def reopen(self) -> None:
        """Start the supervisor again, on the folder it had."""
        self._sessions.append(self._peer.open(self._setup))

    def up(self) -> list[tuple[int, ...]]:
        """Start all children; what each of them reported.

        Raises:
            TimeoutError: One did not.
        """
        self.session.up()
        return [self.reports.next() for _ in self.names]

    def own_pids(self, children: list[int]) -> set[int]:
        """The supervisor and its helpers: all below it but `children` and whoever is below them."""
        family = {self.session.pid} | procfs.descendants(self.session.pid)
        for child in children:
            family -= {child} | procfs.descendants(child)
        return family

    def copies(self) -> int:
        """How many processes of this trial run the children's program."""
        return sum(path == str(self._setup.program) for path in procfs.marked(self._mark).values())

    def close(self) -> None:
        """Kill all that bears the mark, by pid, then reap."""
        procfs.end_marked(self._mark)
        for session in self._sessions:
            session.close()


@contextmanager
def trial(
    peer: Peer, program: Path, *, children: int = 1, eager: bool = True, logged: bool = False
) -> Iterator[Trial]:
    """A supervisor that was told of `children` children which run `program`, none of them started.

    Raises:
        TimeoutError: The supervisor does not answer.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{peer.name}-"))
    token = secrets.token_hex(8)
    setup = Setup(
        folder=folder,
        names=tuple(f"child-{number}" for number in range(children)),
        program=program,
        fifo=folder / "fifo",
        env=_environment(folder, token),
        eager=eager,
        logged=logged,
    )
    mark = f"{MARK}={token}"
    with Reports(setup.fifo) as reports:
        try:
            running = Trial(peer, setup, mark, reports)
            try:
                yield running
            finally:
                running.close()
        finally:
            procfs.end_marked(mark)  # of a supervisor that could not be opened
            shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path, token: str) -> dict[str, str]:
    # The interpreter's folder first: scripts and clients find the Python they belong to.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8", MARK: token}
