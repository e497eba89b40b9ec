"""`runtime`, `runtime:status`, `runtime:stop`."""

from __future__ import annotations

import contextlib
import sys
import threading
from typing import TYPE_CHECKING, Final

import click

from native_runtime.cli.interrupts import Asked, nothing_to_undo
from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option, json_option
from native_runtime.cli.output import print_json, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from native_runtime.cli.backend import Backend
    from native_runtime.cli.locate import App
    from native_runtime.gateway.snapshot import Document
    from native_runtime.runtime import Runtime

STOP_PATIENCE: Final = 60.0  # seconds; the longest grace of a child and some more
LOOK_EVERY: Final = 0.1  # seconds
WATCH_EVERY: Final = 1.0  # seconds


@click.command("runtime")
@config_option
@click.option("--headless", is_flag=True, help="Open no window. This command opens none anyway; apps may.")
def run(config: Path | None, *, headless: bool) -> None:  # noqa: ARG001 - accepted, so that one line starts any app
    """Run the workers of a workers.toml without the app, until Ctrl-C."""
    with nothing_to_undo():
        from native_runtime import Runtime
        from native_runtime.cli.hurry import hurry_when_asked_again
        from native_runtime.cli.incidents import tell_incidents

        path = locate(config).path
        sys.path.insert(0, str(path.parent))  # the modules that [runtime] jobs names lie beside the file
        runtime = Runtime.from_config(path)
    asked = Asked()
    tell_incidents(runtime)
    with runtime:
        _wait_for_the_end(runtime, asked)
        hurry_when_asked_again(runtime.supervisor)
    say("Stopped.")


@click.command("runtime:status")
@config_option
@json_option
@click.option("--watch", is_flag=True, help="Look again every second, until Ctrl-C.")
def status(config: Path | None, *, as_json: bool, watch: bool) -> int:
    """What runs: children, queues, problems. Exit code 1 if the app does not run.

    With --watch and --json, one document a line.
    """
    app = locate(config)
    if watch:
        return _watch(app, as_json=as_json)
    document = app.backend().status()
    if as_json:
        print_json(document)
    else:
        _print_status(document)
    return 0 if document["runtime"] is not None else 1


@click.command("runtime:stop")
@config_option
def stop(config: Path | None) -> None:
    """End the running app: its jobs get their grace, its children go."""
    app = locate(config).require_running()
    app.post("/api/runtime/stop")
    if not _is_gone(app.pid, within=STOP_PATIENCE):
        raise click.ClickException(
            f"pid {app.pid} was asked to stop and is still there after {STOP_PATIENCE:.0f} s; "
            "`native-runtime runtime:status` tells what it does"
        )
    say("Stopped.")


def _watch(app: App, *, as_json: bool) -> int:
    """Show the status again and again: of the app while it runs, of its store while it does not."""
    from native_runtime.cli.store_only import StoreOnly

    store: StoreOnly | None = None
    last: Document | None = None
    pause = threading.Event()
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            try:
                backend: Backend | None = app.running() or store
                if backend is None:
                    backend = store = StoreOnly.open(app)
                last = _show_again(backend.status(), last, as_json=as_json)
            except click.ClickException as error:
                # It ends in this very moment, or is busy: the next look tells.
                say(error.format_message(), err=True)
                last = None
            pause.wait(WATCH_EVERY)
    return 0


def _show_again(document: Document, last: Document | None, *, as_json: bool) -> Document:
    """Show the status, with what changed since the last; returns it."""
    from native_runtime.cli.paces import paces

    if as_json:
        print_json(document, indent=None)
    else:
        click.clear()
        _print_status(document, paces(last["children"] if last else (), document["children"]))
    return document


def _is_gone(pid: int, *, within: float) -> bool:
    """Wait up to `within` seconds for the end of a process, which need not be a child of ours."""
    import psutil

    from native_runtime.clock import SystemClock

    clock = SystemClock()
    deadline = clock.monotonic() + within
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        while clock.monotonic() < deadline:
            with contextlib.suppress(psutil.TimeoutExpired):
                process.wait(LOOK_EVERY)
                return True
            # Dead, and its parent has not asked for its exit code: that may never come.
            if process.status() == psutil.STATUS_ZOMBIE:
                return True
        return False
    return True


def _wait_for_the_end(runtime: Runtime, asked: Asked) -> None:
    """Say where the panel is, and return once Ctrl-C, SIGTERM or `runtime:stop` asks for the end."""
    with contextlib.suppress(KeyboardInterrupt):
        asked.interrupt()
        say(f"Status panel: {runtime.url}")
        say("Ctrl-C stops it.")
        # In short waits, because on Windows a wait without end does not let Ctrl-C through.
        while not runtime.wait(0.5):
            pass


def _print_status(document: Document, paces: Mapping[str, float] | None = None) -> None:
    from native_runtime.cli import tables

    runtime = document["runtime"]
    if runtime is None:
        say("No app is running here; `native-runtime runtime` runs its workers.")
    else:
        tables.print_runtime(runtime)
        tables.print_children(document["children"], paces)
        tables.print_scaling(document.get("workers", ()))
    tables.print_queues(document["queues"])
