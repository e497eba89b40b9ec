"""An app as somebody who has nothing but the wheel makes and runs it: an empty environment, `new`, its own tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.support.desk_program import PATIENCE, ROOT, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

INSTALLING = 280.0  # seconds; a slow network, where nothing is in pip's cache
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"
OURS = ("NATIVE_RUNTIME_", "PYTEST_", "PYTHON", "VIRTUAL_ENV")


def run(command: Sequence[str | Path], *, cwd: Path, timeout: float = PATIENCE, **variables: str) -> str:
    """What a command prints, in a clean environment with these variables; it must end well."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=clean_environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}"
    return done.stdout


def clean_environment(**more: str) -> dict[str, str]:
    """The environment, without what the tests themselves and a display have put into it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {name: value for name, value in kept.items() if not name.endswith("DISPLAY")} | more


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment of its own."""

    folder: Path

    @classmethod
    def with_wheel(cls, folder: Path, *requirements: str) -> Environment:
        """One that holds the project, built as a wheel, and these further packages; nothing else."""
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
        wheels = folder / "wheels"
        run(
            [*pip, "wheel", "--quiet", "--no-deps", f"--wheel-dir={wheels}", ROOT],
            cwd=folder,
            timeout=INSTALLING,
        )
        (wheel,) = wheels.glob("native_runtime-*.whl")
        made = cls(folder / "venv")
        run([sys.executable, "-m", "venv", "--without-pip", made.folder], cwd=folder)
        into = f"--python={made.program('python')}"
        run(
            [*pip, into, "install", "--quiet", f"{wheel}[gateway]", *requirements],
            cwd=folder,
            timeout=INSTALLING,
        )
        return made

    def program(self, name: str) -> Path:
        """A program of the environment."""
        return self.folder / SCRIPTS / (f"{name}.exe" if sys.platform == "win32" else name)


class RunningApp:
    """A started app, found by what it prints."""

    def __init__(self, process: subprocess.Popen[str], title: str) -> None:
        self.process = process
        self.page = self._told(f"{title}: ")
        self.panel = self._told("Status panel: ")

    def ask(self, path: str, body: str | None = None) -> Any:
        """GET a path of the app, or POST `body`; the answer's JSON."""
        parts = urlsplit(self.page)
        (token,) = parse_qs(parts.query)["token"]
        request = urllib.request.Request(  # noqa: S310 - the address is our own
            f"{parts.scheme}://{parts.netloc}{path}",
            data=None if body is None else body.encode(),
            headers={"Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return json.load(answer)

    def result(self, job_id: str) -> Any:
        """What a job returned; it must succeed."""
        path = f"/api/jobs/{job_id}"
        wait_for(
            lambda: self.ask(path)["state"] not in {"ready", "delayed", "running"}, f"the end of {job_id}"
        )
        job = self.ask(path)
        assert job["state"] == "success", job
        return job["result"]

    def _told(self, label: str) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(label), line
        return line.removeprefix(label).strip()


@contextmanager
def running(
    command: Sequence[str | Path], title: str, *, cwd: Path, data: Path, **variables: str
) -> Iterator[RunningApp]:
    """Start an app; killed if the test leaves early."""
    with subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        env=clean_environment(NATIVE_RUNTIME_DATA_DIR=str(data), **variables),
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            yield RunningApp(process, title)
        finally:
            process.kill()
