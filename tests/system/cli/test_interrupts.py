"""Ctrl-C while a command is still getting ready: real processes, held in the middle of an import."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.processes import wait_until

DEADLINE = 60  # seconds; only reached when something hangs
LINE = "native-runtime: interrupted\n"
# Says where it is, and waits there until somebody closes its stdin.
HELD = """
import sys

class Hold:
    def find_spec(self, name, path=None, target=None):
        if name == held:
            sys.meta_path.remove(self)
            print("held", flush=True)
            sys.stdin.read()

held, *sys.argv[1:] = sys.argv[1:]
sys.meta_path.insert(0, Hold())
from native_runtime.__main__ import main
sys.exit(main())
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "workers.toml").write_text('[runtime]\napp = "Desk"\n\n[workers.default]\nsleep = 0.2\n')
    return tmp_path


@pytest.fixture
def surroundings(tmp_path: Path) -> Iterator[dict[str, str]]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NATIVE_RUNTIME_")}
    mine = {"NATIVE_RUNTIME_DATA_DIR": str(tmp_path / "data")}
    yield {**kept, **mine}
    wait_until(lambda: not with_environment(mine))  # nobody is left, however it ended


def with_environment(wanted: dict[str, str]) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["environ"])
        if wanted.items() <= (process.info["environ"] or {}).items()
    ]


def interrupted(
    folder: Path, surroundings: dict[str, str], *command: str, held: str
) -> subprocess.CompletedProcess[str]:
    """A command that is sent SIGINT while it imports the module `held`."""
    with subprocess.Popen(
        [sys.executable, "-c", HELD, held, *command],
        cwd=folder,
        env=surroundings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "held\n"
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=DEADLINE)
    return subprocess.CompletedProcess(command, program.returncode, out, err)


@pytest.mark.parametrize(
    "held",
    [
        "native_runtime.cli.interrupts",
        "click",
        "native_runtime.cli.runtime",
        "native_runtime.workers.loader",
        "native_runtime.runtime",
    ],
)
def test_a_runtime_that_has_begun_nothing_ends_in_one_line(
    folder: Path, surroundings: dict[str, str], held: str
) -> None:
    ended = interrupted(folder, surroundings, "runtime", held=held)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", LINE)


@pytest.mark.parametrize("held", ["native_runtime.gateway.server", "uvicorn"])
def test_a_runtime_that_is_starting_starts_and_stops(
    folder: Path, surroundings: dict[str, str], held: str
) -> None:
    ended = interrupted(folder, surroundings, "runtime", held=held)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "Stopped.\n", "")


@pytest.mark.parametrize("held", ["native_runtime.cli.queue_stress", "native_runtime.connection"])
def test_a_stress_that_has_begun_nothing_ends_in_one_line(
    folder: Path, surroundings: dict[str, str], held: str
) -> None:
    ended = interrupted(folder, surroundings, "queue:stress", held=held)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", LINE)


def test_a_stress_that_waits_takes_its_jobs_back(folder: Path, surroundings: dict[str, str]) -> None:
    def waiting() -> list[int]:
        listed = subprocess.run(
            [sys.executable, "-m", "native_runtime", "queue:status", "--json"],
            cwd=folder,
            env=surroundings,
            capture_output=True,
            timeout=DEADLINE,
            check=True,
        )
        return [queue["ready"] for queue in json.loads(listed.stdout)]

    with subprocess.Popen(
        [sys.executable, "-m", "native_runtime", "queue:stress", "--count=50", "--patience=600"],
        cwd=folder,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        wait_until(lambda: waiting() == [50])
        program.send_signal(signal.SIGINT)
        out, err = program.communicate(timeout=DEADLINE)
    assert (program.returncode, out, err) == (1, "", LINE)
    assert sum(waiting()) == 0
