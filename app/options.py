"""The command line of the photo desk."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIG_NAME: Final = "workers.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the person who starts the desk wants.

    Attributes:
        config: Path of workers.toml.
        headless: Open no window.
        folders: To import at once; absolute.
        exit_when_done: Leave when all imports are finished.
    """

    config: Path
    headless: bool
    folders: tuple[Path, ...]
    exit_when_done: bool


def read_options(words: Sequence[str]) -> Options:
    """Read the command line; leaves with code 2 and a sentence on stderr if it makes no sense."""
    parser = argparse.ArgumentParser(
        prog="photo-desk", description="Photo Desk: see and sort out your photos."
    )
    parser.add_argument(
        "--headless", action="store_true", help="open no window; the pages are in any browser"
    )
    parser.add_argument(
        "--import", dest="folders", metavar="FOLDER", type=Path, action="append", default=[],
        help="read the pictures of a folder (repeatable)",
    )  # fmt: skip
    parser.add_argument(
        "--exit-when-done", action="store_true", help="with --headless: leave when all imports are finished"
    )
    parser.add_argument(
        "-c", "--config", metavar="FILE", type=Path, default=default_config(), help="workers.toml to use"
    )
    given = parser.parse_args(words)
    if given.exit_when_done and not given.headless:
        parser.error("--exit-when-done needs --headless: with a window you leave by closing it")
    return Options(
        config=given.config,
        headless=given.headless,
        folders=tuple(folder.expanduser().absolute() for folder in given.folders),
        exit_when_done=given.exit_when_done,
    )


def default_config() -> Path:
    """The workers.toml that lies in the app's folder or above it; in a packaged build, beside its files."""
    bundle = getattr(sys, "_MEIPASS", None)
    here = Path(bundle) if bundle else Path(__file__).resolve().parent
    return next(
        (each for each in (here / CONFIG_NAME, here.parent / CONFIG_NAME) if each.is_file()),
        here / CONFIG_NAME,
    )
