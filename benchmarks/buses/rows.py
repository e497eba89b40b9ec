"""Each row: what is asked of a peer's program, and which lines come of it."""

from __future__ import annotations

import json
import os
import secrets
import statistics
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.buses.peer import PROGRAMS, ROOT
from benchmarks.comparison import procfs
from benchmarks.comparison.line_client import LineClient
from benchmarks.comparison.results import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.buses.peer import Peer
    from benchmarks.buses.plan import Plan
    from benchmarks.comparison.results import Results

MARK: Final = "EVENT_BENCHMARK"  # inherited by all that is started here: whom we may kill afterwards
CROWD: Final = 10  # handlers


class Program:
    """One of ours, that takes requests."""

    def __init__(self, client: LineClient) -> None:
        self._client = client
        self.pid = client.pid

    def ask(self, request: str, *arguments: object) -> Any:
        """Have it do something; see its methods. Returns what it answers."""
        return json.loads(self._client.ask(f"{request} {json.dumps(arguments)}"))


@contextmanager
def program(python: str, words: Sequence[str]) -> Iterator[Program]:
    """A program in a folder of its own; nothing is left of it afterwards.

    Raises:
        TimeoutError: It does not answer.
    """
    token = secrets.token_hex(8)
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="events-", ignore_cleanup_errors=True))
        )
        env = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            "EVENT_BENCHMARK_FOLDER": str(folder),
            MARK: token,
        }
        stack.callback(procfs.end_marked, f"{MARK}={token}")
        client = LineClient([python, "-m", *words], env=env, errors=folder / "errors")
        stack.callback(client.close)
        yield Program(client)


def measure_exits(peer: Peer, plan: Plan, results: Results) -> None:
    """Kill children, and wait for the handler."""
    with program(peer.python, [f"{PROGRAMS}.client", f"{PROGRAMS}.{peer.module}"]) as running:
        found = running.ask("exits", plan.exits)
    results.add("exit_p50", peer.name, 1000 * statistics.median(found))
    results.add("exit_p99", peer.name, 1000 * percentile(99, found))


def measure_bus(peer: Peer, plan: Plan, results: Results) -> None:
    """Publish as fast as it goes."""
    with program(peer.python, [f"{PROGRAMS}.client", f"{PROGRAMS}.{peer.module}"]) as running:
        for line, handlers in (("one", 1), ("ten", CROWD)):
            events = plan.events // handlers
            took = running.ask("publish", events, handlers)
            results.add(line, peer.name, events / took["seconds"])
            if handlers == 1:
                results.add("publish", peer.name, 1e6 * took["publishing"] / events)
