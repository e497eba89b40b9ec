"""One queue with its client, its broker and its workers in a folder of its own; nothing is left of them afterwards."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.comparison import procfs
from benchmarks.comparison.line_client import LineClient
from benchmarks.queues.broker import broker
from benchmarks.queues.peer import PROGRAMS, ROOT
from benchmarks.queues.tally import LOOK_AGAIN, PATIENCE, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.queues.peer import Peer

MARK: Final = "QUEUE_BENCHMARK"  # inherited by all that is started here: whom we may kill afterwards
ROOM: Final = 250_000  # jobs a tally holds, unless a measurement needs more


class Trial:
    """A queue whose client runs, and whose workers do not yet.

    Attributes:
        tally: What its jobs note.
        env: Environment of everything it is made of.
    """

    def __init__(self, peer: Peer, *, folder: Path, env: dict[str, str], workers: int, tally: Tally) -> None:
        self.tally = tally
        self.env = env
        self._peer = peer
        self._workers = workers
        self._errors = folder / "errors"
        self._started: list[subprocess.Popen[bytes]] = []
        self._client = LineClient(
            [peer.python, "-m", f"{PROGRAMS}.client", peer.module], env=env, errors=self._errors
        )

    def ask(self, request: str, *arguments: float) -> Any:
        """Have the client do something; see its methods. Returns what it answers."""
        return json.loads(self._client.ask(f"{request} {json.dumps(arguments)}"))

    def start_workers(self) -> None:
        """Start them; may return before they work."""
        if self._peer.library.workers is None:
            self.ask("start_workers")
            return
        with self._errors.open("ab") as words:
            self._started += [
                subprocess.Popen(
                    command,
                    env=self.env,
                    cwd=self._errors.parent,
                    stdin=subprocess.DEVNULL,
                    stdout=words,
                    stderr=words,
                )
                for command in self._peer.worker_commands(self._workers)
            ]

    def stop_workers(self) -> None:
        """End them; nothing they hold matters any more."""
        if self._peer.library.workers is None:
            self.ask("stop_workers")
            return
        for worker in self._started:
            family = {worker.pid} | procfs.descendants(worker.pid)
            for pid in family:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            worker.wait()
        self._started.clear()

    def wait_until_empty(self, jobs: int) -> None:
        """Wait until all jobs below `jobs` were started and the store holds none as not over.

        Raises:
            TimeoutError: It keeps some.
        """
        self.tally.wait_until_reached(jobs)
        until = time.monotonic() + PATIENCE
        while waiting := self.ask("waiting"):
            if time.monotonic() > until:
                raise TimeoutError(f"all {jobs} jobs were started, but the store still holds {waiting}")
            time.sleep(LOOK_AGAIN)

    @property
    def app_pid(self) -> int:
        """Of the client."""
        return self._client.pid

    @property
    def worker_pids(self) -> set[int]:
        """Of what was started as workers; those that run jobs may be below them."""
        return {worker.pid for worker in self._started}

    def close(self) -> None:
        """Reap; everything has been killed before."""
        for worker in self._started:
            worker.wait()
        self._client.close()


@contextmanager
def trial(peer: Peer, *, workers: int, room: int = ROOM) -> Iterator[Trial]:
    """A queue that will have so many workers, and whose jobs have numbers below `room`.

    Raises:
        TimeoutError: It does not answer.
    """
    folder = Path(tempfile.mkdtemp(prefix="queue-"))
    token = secrets.token_hex(8)
    env = _environment(folder, token, peer, workers)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        tally = Tally(folder / "tally", room)
        stack.callback(tally.close)
        if peer.library.needs_broker:
            env["QUEUE_BENCHMARK_REDIS"] = stack.enter_context(broker(folder))
        stack.callback(procfs.end_marked, f"{MARK}={token}")  # of a trial that could not be opened
        running = Trial(peer, folder=folder, env=env, workers=workers, tally=tally)
        stack.callback(running.close)
        stack.callback(procfs.end_marked, f"{MARK}={token}")
        yield running


def _environment(folder: Path, token: str, peer: Peer, workers: int) -> dict[str, str]:
    path = os.pathsep.join([str(Path(peer.python).parent), os.environ.get("PATH", os.defpath)])
    return {
        "PATH": path,
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        MARK: token,
        "QUEUE_BENCHMARK_FOLDER": str(folder),
        "QUEUE_BENCHMARK_TALLY": str(folder / "tally"),
        "QUEUE_BENCHMARK_WORKERS": str(workers),
        **peer.env,
    }
