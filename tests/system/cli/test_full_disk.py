"""Commands whose output has no room: real processes that write to a disk that is always full."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
DEADLINE = 60  # seconds for one command; only reached when something hangs
COMMANDS = (
    ["config:schema"],
    ["config:show"],
    ["config:check", "--json"],
    ["queue:status"],
    ["queue:failed", "--json"],
    ["runtime:status"],
    ["runtime"],
    ["--help"],
)

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "workers.toml").write_text(
        '[runtime]\napp = "Desk"\ndata_dir = "data"\n\n[workers.default]\nprocesses = 1\n'
    )
    return tmp_path


@pytest.fixture(params=["", "1"], ids=["buffered", "unbuffered"])
def surroundings(request: pytest.FixtureRequest) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NATIVE_RUNTIME_")}
    return {**kept, "PYTHONUNBUFFERED": request.param}


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_output_without_room_is_told_in_one_line(
    folder: Path, surroundings: dict[str, str], arguments: list[str]
) -> None:
    with FULL.open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "native_runtime", *arguments],
            cwd=folder,
            env=surroundings,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("native-runtime: cannot write: ")
    assert ended.stderr.count("\n") == 1


def test_a_command_that_nobody_can_hear_ends_with_1_all_the_same(
    folder: Path, surroundings: dict[str, str]
) -> None:
    with FULL.open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "native_runtime", "config:schema"],
            cwd=folder,
            env=surroundings,
            stdout=full,
            stderr=full,
            timeout=DEADLINE,
            check=False,
        )
    assert ended.returncode == 1
