"""Where the system has no watches to give, files are followed all the same: by a real process that gets none."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(__file__).parents[2] / "programs" / "follows_files.py"
APART = ("unshare", "--user", "--map-root-user")  # limits of its own: nobody else's are touched


def can_be_apart() -> bool:
    return (
        sys.platform == "linux"
        and shutil.which("unshare") is not None
        and subprocess.run([*APART, "true"], check=False, capture_output=True).returncode == 0
    )


pytestmark = pytest.mark.skipif(not can_be_apart(), reason="needs user namespaces, of Linux")


@pytest.fixture(params=["max_inotify_instances", "max_inotify_watches"])
def follower(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """The program, in a world without what the parameter counts."""
    (tmp_path / "workers.toml").write_text("first")
    (tmp_path / "src" / "deep").mkdir(parents=True)
    script = f'echo 0 > /proc/sys/user/{request.param} && exec "$@"'
    process = subprocess.Popen(
        [*APART, "sh", "-c", script, "sh", sys.executable, str(PROGRAM), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_files_are_followed_without_any_watch(follower: subprocess.Popen[str], tmp_path: Path) -> None:
    assert follower.stdout
    assert follower.stdin
    assert follower.stdout.readline() == "ready\n"
    (tmp_path / "draft").write_text("second")
    (tmp_path / "draft").replace(tmp_path / "workers.toml")
    assert follower.stdout.readline() == "file second\n"
    (tmp_path / "workers.toml").write_text("third")
    assert follower.stdout.readline() == "file third\n"
    (tmp_path / "draft").write_text("A = 1\n")
    (tmp_path / "draft").replace(tmp_path / "src" / "deep" / "jobs.py")  # never seen without its content
    assert follower.stdout.readline() == "code jobs.py\n"
    told, errors = follower.communicate("end\n", timeout=60)
    assert told == "holds nothing\n"
    assert errors.count("looking every second") == 2
