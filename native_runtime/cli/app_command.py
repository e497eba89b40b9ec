"""`runtime:command`, for the help page and for `-c`: `__main__` starts it without coming here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path


@click.command("runtime:command", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="NAME ...")
@click.pass_obj
def run(config: Path | None, words: tuple[str, ...]) -> int:
    """Run a command of the app's own."""
    from native_runtime.app_command import main

    return main(words, None if config is None else str(config))
