"""`queue:work`, for the help page: `__main__` starts it without coming here, and it reads its own flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path


@click.command("queue:work", add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("flags", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def work(config: Path | None, flags: tuple[str, ...]) -> int:
    """Take jobs and run them, until asked to stop."""
    from native_runtime.queue.work_command import main

    return main(flags if config is None else (f"--config={config}", *flags))
