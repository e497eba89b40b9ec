"""Finds the app a command is about: its workers.toml, its data folder, and who can answer for it now."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from native_runtime.cli.interrupts import nothing_to_undo

if TYPE_CHECKING:
    from pathlib import Path

    from native_runtime.cli.backend import Backend
    from native_runtime.cli.running_app import RunningApp
    from native_runtime.workers.config import Config
    from native_runtime.workers.folders import Folders


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app, running or not."""

    path: Path
    config: Config
    folders: Folders

    def running(self) -> RunningApp | None:
        """The app's gateway, or None while it does not run."""
        from native_runtime.cli.running_app import find

        return find(self.folders.endpoint)

    def require_running(self) -> RunningApp:
        """The app's gateway.

        Raises:
            ClickException: It does not run.
        """
        app = self.running()
        if app is None:
            raise click.ClickException(
                f"{self.config.runtime.app} is not running (looked in {self.folders.data}); "
                "start it, or run its workers alone: `native-runtime runtime`"
            )
        return app

    def backend(self) -> Backend:
        """The running app where there is one, else its store."""
        from native_runtime.cli.store_only import StoreOnly

        return self.running() or StoreOnly.open(self)


def locate(given: Path | None) -> App:
    """The app of `-c FILE`, NATIVE_RUNTIME_CONFIG or ./workers.toml.

    Raises:
        NativeRuntimeError: There is no such file, or it is not valid.
    """
    with nothing_to_undo():
        from native_runtime.workers.folders import Folders
        from native_runtime.workers.loader import load
        from native_runtime.workers.standalone import find_config

        path = find_config(os.environ, str(given) if given else None)
        config = load(path, environ=os.environ)
        return App(path=path, config=config, folders=Folders.resolve(config.runtime, environ=os.environ))
