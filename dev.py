#!/usr/bin/env python3
"""The one entry for people who work on the project: makes `.venv`, installs what a command needs, runs it.

    python3 dev.py app [--headless …]   the photo desk
    python3 dev.py test [pytest args]   lint, formatting, types, imports, then the tests; all of them, always
    python3 dev.py test --wine …        the same, and what depends on the platform once more as Windows, under Wine
    python3 dev.py test --packages …    the same, and every package of this system, built and tried; with --wine
                                        also that of Windows, under Wine
    python3 dev.py lint | types         parts of the above
    python3 dev.py bench [name [args]]  the measurements in benchmarks/
    python3 dev.py build [--format F]   a packaged app for this system, in dist/; F is onedir, onefile, deb, app, dmg, msi
    python3 dev.py docs                 regenerate the pages that are made from code
    python3 dev.py setup                only make .venv, with everything the tests need

Needs nothing but Python 3.11 or newer with its venv module; everything else is an ordinary tool in `.venv`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "native-runtime-extras.json"

TEST_EXTRAS = ("dev", "qt") if sys.platform == "linux" else ("dev",)  # elsewhere the system has a web engine
LINT = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
)
TYPES = (
    ("mypy --strict", ("mypy", "--strict")),
    (
        "mypy for Windows",  # with a cache of its own: one for two systems would serve neither
        (
            "mypy",
            "--strict",
            "--platform=win32",
            "--cache-dir=.mypy_cache/win32",
            "native_runtime/processes",
            "native_runtime/desktop/autostart.py",
            "native_runtime/desktop/registry.py",
        ),
    ),
)
WINE = ("Windows under Wine", ("python", "tests/wine/run.py"))
WINE_PACKAGE = ("Windows package under Wine", ("python", "tests/wine/package.py"))
BUILD = ("python", "packaging/build.py")
PACKAGES = (
    ("packages", (*BUILD, "--format", "all")),
    ("packages tried", ("python", "packaging/smoke.py", "--format", "all")),
    ("start of a packaged worker", ("python", "packaging/worker_start.py", "--limit", "1.5")),
)
DEBIAN_PACKAGE = ("package in a fresh Debian", ("python", "tests/debian/package.py"))
PACKAGING_EXTRAS = ("packaging", "app", "qt" if sys.platform == "linux" else "desktop")
IMPORTS = (("imports", ("lint-imports",)),)

# What the tests start that pip cannot bring: command, Debian package, what for.
SYSTEM_PROGRAMS = (
    ("chromium", "chromium", "the panel in a browser"),
    ("Xvfb", "xvfb", "a real window without a screen"),
    ("import", "imagemagick", "a picture of that window"),
)
HAS_GTK = "import gi; gi.require_version('WebKit2', '4.1')"


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit code, 2 for a wrong command line."""
    # A script's `&` has what it starts ignore Ctrl-C, and that is inherited: by the tests, and by the apps that they interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    commands: dict[str, Callable[[list[str]], int]] = {
        "app": app,
        "test": test,
        "lint": lambda _rest: run_all((*LINT, *IMPORTS), ("dev",)),
        "types": lambda _rest: run_all(TYPES, ("dev",)),
        "bench": bench,
        "build": build,
        "docs": docs,
        "setup": lambda _rest: install(TEST_EXTRAS),
    }
    if not arguments or arguments[0] in {"-h", "--help"}:
        print(__doc__)
        return 0
    command = commands.get(arguments[0])
    if command is None:
        print(f"dev: no command {arguments[0]!r}; known: {', '.join(commands)}", file=sys.stderr)
        return 2
    return command(arguments[1:])


def app(rest: list[str]) -> int:
    """The photo desk; a window only where one is wanted is worth its download."""
    if "--headless" in rest:
        return install(("app",)) or replace_with("-P", "-m", "app", *rest)
    use_system_packages(enabled=False)
    gtk = sys.platform == "linux" and answers(sys.executable, "-c", HAS_GTK)
    # Without a display there is no window whatever is installed, and the app says so.
    has_display = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
    needs_qt = sys.platform == "linux" and has_display and not gtk
    failed = install(("app", "qt" if needs_qt else "desktop"))
    if gtk and not failed:
        # GTK's bindings come with the system and can be in no venv, so the window may look outside.
        use_system_packages(enabled=True)
    return failed or replace_with("-P", "-m", "app", *rest)


def test(rest: list[str]) -> int:
    """Everything that must hold before a change lands."""
    use_system_packages(enabled=False)
    name_missing_programs()
    wine = (WINE,) if "--wine" in rest else ()
    packages = packages_here(wine=bool(wine)) if "--packages" in rest else ()
    extras = (*TEST_EXTRAS, *(PACKAGING_EXTRAS if packages else ()))
    chosen = [word for word in rest if word not in {"--wine", "--packages"}]
    return run_all((*LINT, *TYPES, *IMPORTS, ("tests", ("pytest", *chosen)), *wine, *packages), extras)


def packages_here(*, wine: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Build and try what this system has, the .deb in a system of its own as well, and with Wine the Windows folder."""
    debian = (DEBIAN_PACKAGE,) if sys.platform == "linux" else ()
    return (*PACKAGES, *debian, *((WINE_PACKAGE,) if wine else ()))


def bench(rest: list[str]) -> int:
    """One measurement, with what it is told; without a name, all of them."""
    folder = ROOT / "benchmarks"
    programs = sorted(
        [each.stem for each in folder.glob("*.py")]
        + [each.parent.name for each in folder.glob("*/__main__.py")]
    )
    if rest and rest[0] not in programs:
        print(f"dev: no benchmark {rest[0]!r}; known: {', '.join(programs)}", file=sys.stderr)
        return 2
    failed = install(("dev",))
    for program in rest[:1] or programs:
        failed = failed or run("-m", f"benchmarks.{program}", *rest[1:])
    return failed


def build(rest: list[str]) -> int:
    """Packages of an app for this system; `test --packages` tries those of the photo desk."""
    return install(PACKAGING_EXTRAS) or run(*BUILD[1:], *rest)


def docs(_rest: list[str]) -> int:
    """The pages that are made from code."""
    return install(("app",)) or run("docs/generate.py")


def run_all(steps: tuple[tuple[str, tuple[str, ...]], ...], extras: tuple[str, ...]) -> int:
    """Run every step, whatever fails before it; say at the end which did."""
    failed = install(extras)
    if failed:
        return failed
    results = []
    for title, (tool, *arguments) in steps:
        print(f"── {title}", flush=True)
        # By its path in the venv: not every tool is a module that can be run.
        results.append((title, run(*arguments, program=PYTHON.with_name(tool))))
    print("── " + " · ".join(f"{title}: {'FAILED' if code else 'ok'}" for title, code in results), flush=True)
    return 1 if any(code for _, code in results) else 0


def install(extras: tuple[str, ...]) -> int:
    """Bring `.venv` to hold the project and these extras; at once if it does already."""
    fingerprint = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    stamp = json.loads(STAMP.read_text()) if STAMP.exists() and PYTHON.exists() else {}
    present = set(stamp.get("extras", ())) if stamp.get("pyproject") == fingerprint else set()
    if set(extras) <= present:
        return 0
    if not answers(str(PYTHON), "-m", "pip", "--version"):
        make_venv()
    wanted = sorted(present | set(extras))
    print(f"dev: installing native-runtime[{','.join(wanted)}] into {VENV.name}", flush=True)
    failed = run(
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--editable",
        f".[{','.join(wanted)}]",
    )
    if not failed:
        STAMP.write_text(json.dumps({"pyproject": fingerprint, "extras": wanted}))
    return failed


def make_venv() -> None:
    """Create `.venv` with the very interpreter that runs this file, never with a shim from PATH."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            "dev: this Python has no venv module; get it: apt install python3-venv (or use python.org's Python)"
        )
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def use_system_packages(*, enabled: bool) -> None:
    """Let `.venv` see the system's packages, or not; tests must not, a GTK window must."""
    settings = VENV / "pyvenv.cfg"
    if settings.exists():
        text = settings.read_text()
        old, new = ("false", "true") if enabled else ("true", "false")
        key = "include-system-site-packages = "
        if key + old in text:
            settings.write_text(text.replace(key + old, key + new))


def name_missing_programs() -> None:
    """One line for what only the system can bring."""
    missing = [row for row in SYSTEM_PROGRAMS if sys.platform == "linux" and shutil.which(row[0]) is None]
    if missing:
        what = ", ".join(f"{program} ({purpose})" for program, _, purpose in missing)
        packages = " ".join(package for _, package, _ in missing)
        print(
            f"dev: not on this system: {what}; get it: apt install {packages} (or run .ci/run, which does)",
            flush=True,
        )


def answers(*command: str) -> bool:
    """True if the command can be run and ends well."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run(*arguments: str, program: Path = PYTHON) -> int:
    """Run the venv's Python, or a tool beside it, in the project's folder; returns its exit code."""
    return subprocess.run([str(program), *arguments], cwd=ROOT, check=False).returncode


def replace_with(*arguments: str) -> int:
    """Become the venv's Python, so that a signal meant for the app reaches the app."""
    if os.name != "nt":  # Windows has no such call: there the caller would see dev.py end at once
        sys.stdout.flush()
        os.execv(PYTHON, [str(PYTHON), *arguments])  # noqa: S606 - a list, no shell
    return subprocess.run([str(PYTHON), *arguments], check=False).returncode


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever meets this line runs an older one
        sys.exit(f"dev: Python 3.11 or newer is needed; {sys.executable} is {sys.version.split()[0]}")
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
