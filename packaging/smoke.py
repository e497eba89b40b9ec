"""Tries the packaged app as a person's machine would run it: an import, a killed worker, a clean end, no orphans."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.error import URLError
from urllib.request import Request, urlopen

import psutil
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).resolve().parents[1]
SUFFIX: Final = ".exe" if os.name == "nt" else ""
APP: Final = ROOT / "dist" / "photo-desk" / f"photo-desk{SUFFIX}"
PATIENCE: Final = 60.0  # seconds for each fact; a cold start from a slow disk is the longest
PHOTOS: Final = 2

T = TypeVar("T")


class Gateway:
    """The running app, as its endpoint file tells of it."""

    def __init__(self, endpoint: Path) -> None:
        facts = json.loads(endpoint.read_text("utf-8"))
        self.pid = int(facts["pid"])
        self._url = str(facts["url"]).rstrip("/")
        self._token = str(facts["token"])

    def ask(self, path: str, *, method: str = "GET") -> Any:
        """What the gateway answers."""
        headers = {"Authorization": f"Bearer {self._token}"}
        with urlopen(Request(self._url + path, headers=headers, method=method), timeout=10) as answer:  # noqa: S310 - ours
            return json.load(answer)

    def workers(self) -> dict[str, int]:
        """Pids of the workers that are ready, by name."""
        children = self.ask("/api/status")["children"]
        return {each["name"]: each["pid"] for each in children if each["state"] in {"idle", "busy"}}


def main() -> int:
    """Run the smoke test; returns 0 if everything held, else 1 with the reason on stderr."""
    if not APP.exists():
        sys.stderr.write(f"smoke: {APP} is not there; build it: python3 dev.py build\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="photo-desk-smoke-") as folder:
        try:
            try_out(Path(folder))
        except AssertionError as error:
            sys.stderr.write(f"smoke: {error}\n")
            return 1
    print("smoke: imported, survived a killed worker, ended, left nothing behind")
    return 0


def try_out(folder: Path) -> None:
    """Every promise in turn.

    Raises:
        AssertionError: One does not hold; says which.
    """
    photos = make_photos(folder / "photos")
    with running_app(folder / "data", photos) as app:
        endpoint = folder / "data" / "endpoint.json"
        gateway = until("the app is up", lambda: Gateway(endpoint) if endpoint.exists() else None)
        until("/healthz says ok", lambda: gateway.ask("/healthz")["status"] == "ok")
        thumbnails = folder / "data" / "thumbnails"
        until(
            f"{PHOTOS} thumbnails are there",
            lambda: len([each for each in thumbnails.glob("**/*") if each.is_file()]) >= PHOTOS,
        )
        kill_a_worker(gateway)
        family = [psutil.Process(app.pid), *psutil.Process(app.pid).children(recursive=True)]
        gateway.ask("/api/runtime/stop", method="POST")
        until("the app has ended", lambda: app.poll() is not None)
        if app.returncode != 0:
            raise AssertionError(f"expected exit code 0, got {app.returncode}")
        until("nothing of it is left", lambda: not any(each.is_running() for each in family))


def make_photos(folder: Path) -> Path:
    """A few small pictures."""
    folder.mkdir()
    for number in range(PHOTOS):
        picture = Image.linear_gradient("L").rotate(90 * number).convert("RGB").resize((640, 480))
        picture.save(folder / f"picture {number}.jpg")
    return folder


@contextlib.contextmanager
def running_app(data: Path, photos: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The packaged app without a window, importing `photos`; killed if the test leaves early."""
    command = [str(APP), "--headless", "--import", str(photos)]
    surroundings = {**os.environ, "NATIVE_RUNTIME_DATA_DIR": str(data)}
    with subprocess.Popen(command, env=surroundings, cwd=data.parent) as app:
        try:
            yield app
        finally:
            app.kill()


def kill_a_worker(gateway: Gateway) -> None:
    """Kill one worker; it must be back under another pid."""
    name, pid = until("a worker is ready", lambda: next(iter(gateway.workers().items()), None))
    psutil.Process(pid).kill()
    until(f"{name} is back", lambda: gateway.workers().get(name, pid) != pid)


def until(what: str, fact: Callable[[], T | None]) -> T:
    """Wait for a fact.

    Raises:
        AssertionError: It did not come true.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(
            URLError, ConnectionError, json.JSONDecodeError
        ):  # it starts or stops just now
            if found := fact():
                print(f"smoke: {what}", flush=True)
                return found
        time.sleep(0.05)
    raise AssertionError(f"expected within {PATIENCE:.0f} s that {what}")


if __name__ == "__main__":
    sys.exit(main())
