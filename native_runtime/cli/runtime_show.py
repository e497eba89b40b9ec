"""`runtime:show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("runtime:show")
@config_option
def show(config: Path | None) -> None:
    """Bring the window of the running app to the front."""
    locate(config).require_running().post("/api/runtime/show")
