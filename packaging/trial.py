"""Tries a packaged app from outside, as a person's machine runs it: start it, ask its gateway, kill it, look for leftovers."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.error import URLError
from urllib.request import Request, urlopen

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MEGABYTE: Final = 1000 * 1000
PATIENCE: Final = (
    90.0  # seconds for each fact; the longest is a single file that unpacks itself on a slow disk
)
DATA_DIR: Final = (
    "NATIVE_RUNTIME_DATA_DIR"  # all processes of an app inherit it, so it tells them from others
)
TOOLKITS: Final = ("Qt", "PySide", "PyQt", "gtk", "webkit", "AppKit", "WebView2", "libtk", "tkinter")
_DISPLAYS: Final = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
_ALIVE: Final = frozenset({"idle", "busy", "running"})

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

    def pids(self, kind: str) -> dict[str, int]:
        """Pids of the children of this kind (`worker`, `process`) that are up, by name."""
        children = self.ask("/api/status")["children"]
        return {
            each["name"]: each["pid"] for each in children if each["kind"] == kind and each["state"] in _ALIVE
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One app in one place.

    Attributes:
        executable: As a program in `root` sees it.
        folder: For its data and whatever it is given; lies below `root`.
        root: Where the app sees `/`; another than `/` for a system in a folder.
        display: Where it shows its window, or empty.
    """

    executable: Path
    folder: Path
    root: Path = Path("/")
    display: str = ""

    @property
    def data(self) -> Path:
        """Its data folder."""
        return self.folder / "data"

    def seen(self, path: Path) -> str:
        """How the app sees a path below `root`."""
        return str(path if self.root == Path("/") else Path("/", path.relative_to(self.root)))

    @contextlib.contextmanager
    def running(self, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], Gateway]]:
        """The app with these words on its command line, once its gateway says that all is well; killed at the end."""
        endpoint = self.data / "endpoint.json"
        with subprocess.Popen(
            self.command(*words),
            env=self.environment(),
            cwd=self.folder,
            stderr=(self.folder / "stderr").open("wb"),
        ) as app:
            try:
                gateway = until("the app is up", lambda: Gateway(endpoint) if endpoint.exists() else None)
                until("/healthz says ok", lambda: gateway.ask("/healthz")["status"] == "ok")
                until(
                    "its processes are known", lambda: gateway.pid in {each.pid for each in self.relatives()}
                )
                yield app, gateway
            finally:
                for each in self.relatives():
                    with contextlib.suppress(psutil.NoSuchProcess):
                        each.kill()
                app.kill()

    def command(self, *words: str) -> list[str]:
        """Its command line."""
        inside = () if self.root == Path("/") else ("chroot", str(self.root))
        return [*inside, str(self.executable), *words]

    def environment(self) -> dict[str, str]:
        """What it is started with: ours, and no display but its own."""
        kept = {name: value for name, value in os.environ.items() if name not in _DISPLAYS}
        shown = {"DISPLAY": self.display} if self.display else {}
        return {**kept, **shown, DATA_DIR: self.seen(self.data), "LD_LIBRARY_PATH": "/opt/of-the-user"}

    def relatives(self) -> list[psutil.Process]:
        """All processes of the app that are alive, of whatever generation."""
        return list(self._relatives())

    def _relatives(self) -> Iterator[psutil.Process]:
        for each in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if (
                    each.environ().get(DATA_DIR) == self.seen(self.data)
                    and each.status() != psutil.STATUS_ZOMBIE
                ):
                    yield each


def comes_back(gateway: Gateway) -> None:
    """Kill one worker; it must be back under another pid."""
    name, pid = until("a worker is ready", lambda: next(iter(gateway.pids("worker").items()), None))
    psutil.Process(pid).kill()
    until(f"{name} is back", lambda: gateway.pids("worker").get(name, pid) != pid)


def is_lean(pid: int) -> None:
    """A worker runs the executable that was built for workers; tells how much memory it takes.

    Raises:
        AssertionError: It runs another one.
    """
    worker = psutil.Process(pid)
    program = Path(worker.cmdline()[0])  # its exe() cannot be read under Wine
    if not program.stem.endswith("-worker"):
        raise AssertionError(f"expected worker {pid} to run the lean executable, got {program}")
    if sys.platform == "linux":
        memory = worker.memory_full_info()
        rss, own = memory.rss / MEGABYTE, memory.uss / MEGABYTE
        print(f"    worker {pid}: {rss:.1f} MB, {own:.1f} of its own", flush=True)


def shows_the_first(trial: Trial) -> None:
    """A second launch shows the window of the first, and leaves.

    Raises:
        AssertionError: It does something else.
    """
    second = subprocess.run(
        trial.command(),
        env=trial.environment(),
        cwd=trial.folder,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    said = second.stderr.decode(errors="replace")
    if second.returncode != 0 or "running already" not in said:
        raise AssertionError(
            f"expected a second launch to show the first, got exit code {second.returncode}: {said}"
        )
    print("    a second launch shows the first", flush=True)


def knows_no_toolkit(pid: int) -> None:
    """Of a window's libraries none may be in a worker's memory.

    Raises:
        AssertionError: One is; names it.
    """
    if sys.platform != "linux":
        return
    maps = Path(f"/proc/{pid}/maps").read_text("utf-8")
    libraries = {Path(line.split(maxsplit=5)[5]).name for line in maps.splitlines() if line.count("/")}
    found = sorted(name for name in libraries if any(each in name for each in TOOLKITS))
    if found:
        raise AssertionError(f"expected no window's library in worker {pid}, got {', '.join(found)}")


def leaves(trial: Trial, app: subprocess.Popen[bytes]) -> None:
    """The app ends well, and nothing of it is left.

    Raises:
        AssertionError: It ends otherwise.
    """
    until("the app has ended", lambda: app.poll() is not None)
    if app.returncode != 0:
        raise AssertionError(f"expected exit code 0, got {app.returncode}")
    until("nothing of it is left", lambda: not trial.relatives())


def until(what: str, fact: Callable[[], T | None]) -> T:
    """Wait for a fact.

    Raises:
        AssertionError: It did not come true.
    """
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < PATIENCE:
        # It starts or stops just now.
        with contextlib.suppress(URLError, ConnectionError, json.JSONDecodeError):
            if found := fact():
                print(f"    {what} ({waited:.1f} s)", flush=True)
                return found
        time.sleep(0.05)
    raise AssertionError(f"expected within {PATIENCE:.0f} s that {what}")


@contextlib.contextmanager
def virtual_screen() -> Iterator[str]:
    """An X server without a screen; the display that it serves."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with open(reading, encoding="ascii") as number:  # noqa: PTH123 - a descriptor
                yield f":{number.readline().strip()}"
        finally:
            server.terminate()


@contextlib.contextmanager
def scratch(root: Path) -> Iterator[Path]:
    """A folder for one trial, below the app's `/`."""
    with tempfile.TemporaryDirectory(
        prefix="trial é ", dir=root / "tmp" if root != Path("/") else None
    ) as folder:
        yield Path(folder).resolve()


def first_lines(path: Path, most: int = 20) -> Sequence[str]:
    """What a program has said, for a person who looks for the reason of a failure."""
    return path.read_text("utf-8", "replace").splitlines()[:most] if path.exists() else ()
