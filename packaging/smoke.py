"""Tries the packages of the photo desk in dist/: real pictures, a killed worker, a killed app, a clean end, no orphans.

    packaging/smoke.py [--format FORMAT]… [--root FOLDER]

A .deb is installed, tried and purged in FOLDER, a Debian system in which root may change root; without one it is unpacked.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil
from PIL import Image

from installation import installed
from native_runtime.packaging import settings
from native_runtime.packaging.build import formats_here
from native_runtime.packaging.errors import BuildError
from trial import (
    Trial,
    comes_back,
    first_lines,
    is_lean,
    knows_no_toolkit,
    leaves,
    scratch,
    shows_the_first,
    until,
    virtual_screen,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.packaging.settings import Settings
    from trial import Gateway

ROOT: Final = Path(__file__).resolve().parents[1]
TRIED: Final = ("onedir", "onefile", "app", "deb")  # the other installers are tried by hand
PHOTOS: Final = 2
USERS_LIBRARIES: Final = "/opt/of-the-user"
# Beside its own workers the app gets a program of the system, and one for which it is the interpreter itself.
PROCESSES: Final = """
[processes.program]
command = {program}

[processes.interpreter]
command = ["runtime:python", "-u", "-c", {code}]
ready = "ready"
"""
# It is ready once a process that `multiprocessing` spawned has ended well.
INTERPRETER: Final = (
    "import multiprocessing, time; p = multiprocessing.get_context('spawn').Process(target=abs, args=(1,)); "
    "p.start(); p.join(); assert p.exitcode == 0; print('ready'); time.sleep(3600)"
)
_PROGRAM: Final = '["ping", "-n", "3600", "127.0.0.1"]' if sys.platform == "win32" else '["sleep", "3600"]'


def main(words: Sequence[str]) -> int:
    """Try the formats; returns 0 if everything held, else 1 with the reason on stderr."""
    known = [each for each in formats_here() if each in TRIED]
    parser = argparse.ArgumentParser(prog="smoke", description="Try the packages of the photo desk.")
    parser.add_argument("--format", action="append", choices=[*known, "all"], help="repeatable")
    parser.add_argument("--root", type=Path, help="a Debian system in a folder, for the .deb")
    given = parser.parse_args(words)
    app = settings.read(ROOT)
    wanted = given.format or known[:1]
    for form in known if "all" in wanted else wanted:
        try:
            try_format(app, form, given.root and given.root.resolve())
        except (AssertionError, BuildError) as error:
            sys.stderr.write(f"smoke: {form}: {error}\n")
            return 1
    return 0


def try_format(app: Settings, form: str, root: Path | None) -> None:
    """Every promise in turn, with and without a window.

    Raises:
        AssertionError: One does not hold; says which.
    """
    with installed(app, form, root) as (executable, system), scratch(system) as folder:
        if shutil.which("Xvfb"):
            with virtual_screen() as display:
                print(f"smoke: {form}, in a window", flush=True)
                try_out(
                    Trial(executable=executable, root=system, folder=make(folder / "window"), display=display)
                )
        elif sys.platform == "linux":
            print(f"smoke: {form}, in no window: there is no Xvfb; get it: apt install xvfb", flush=True)
        print(f"smoke: {form}, without a display", flush=True)
        try_out(Trial(executable=executable, root=system, folder=make(folder / "headless")))
        print(f"smoke: {form}, killed", flush=True)
        try_kill(Trial(executable=executable, root=system, folder=make(folder / "killed")))


def try_out(trial: Trial) -> None:
    """An import, a killed worker, a clean end.

    Raises:
        AssertionError: Something else happens.
    """
    with trial.running(*command_line(trial)) as (app, gateway):
        imports_pictures(trial)
        if trial.display:
            until("the window shows the page", lambda: gateway.ask("/desk/progress")["can_choose"])
        elif sys.platform == "linux" and "no window" not in "".join(first_lines(trial.folder / "stderr")):
            raise AssertionError("expected a word on stderr that there is no window")
        for pid in until("workers are ready", lambda: gateway.pids("worker")).values():
            is_lean(pid)
            knows_no_toolkit(pid)
        if trial.display:
            shows_the_first(trial)
        comes_back(gateway)
        hands_on_environments(gateway)
        gateway.ask("/api/runtime/stop", method="POST")
        leaves(trial, app)


def try_kill(trial: Trial) -> None:
    """The app is killed, and nothing of it is left.

    Raises:
        AssertionError: Something is.
    """
    with trial.running(*command_line(trial)) as (app, gateway):
        imports_pictures(trial)
        psutil.Process(gateway.pid).kill()
        until("nothing of it is left", lambda: not trial.relatives())
        app.wait()


def command_line(trial: Trial) -> list[str]:
    """The app with the smoke test's own workers.toml, importing some pictures."""
    photos = trial.folder / "photos"
    photos.mkdir()
    for number in range(PHOTOS):
        picture = Image.linear_gradient("L").rotate(90 * number).convert("RGB").resize((640, 480))
        picture.save(photos / f"picture {number}.jpg")
    config = trial.folder / "workers.toml"
    own = settings.read(ROOT).config.read_text("utf-8")
    config.write_text(own + PROCESSES.format(program=_PROGRAM, code=json.dumps(INTERPRETER)), "utf-8")
    # Elsewhere than on Linux there is always a display, and a window is looked at by a person.
    quiet = [] if sys.platform == "linux" else ["--headless"]
    return ["-c", trial.seen(config), "--import", trial.seen(photos), *quiet]


def imports_pictures(trial: Trial) -> None:
    """Jobs ran: each picture has its thumbnail."""
    thumbnails = trial.data / "thumbnails"
    until(
        f"{PHOTOS} thumbnails are there",
        lambda: len([each for each in thumbnails.glob("**/*") if each.is_file()]) >= PHOTOS,
    )


def hands_on_environments(gateway: Gateway) -> None:
    """A program of the system gets the user's environment, the app's own interpreter runs.

    Raises:
        AssertionError: The program would load the bundle's libraries.
    """
    pid = until("program and interpreter run", lambda: _both(gateway))["program"]
    if sys.platform != "win32":
        got = psutil.Process(pid).environ()
        if got.get("LD_LIBRARY_PATH") != USERS_LIBRARIES or any(each.startswith("_PYI") for each in got):
            raise AssertionError(f"expected the user's environment, got {got}")


def _both(gateway: Gateway) -> dict[str, int] | None:
    pids = gateway.pids("process")
    return pids if {"program", "interpreter"} <= pids.keys() else None


def make(folder: Path) -> Path:
    """A new folder."""
    folder.mkdir()
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
