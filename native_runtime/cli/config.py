"""`config:check`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option, json_option
from native_runtime.cli.output import counted, print_json, say
from native_runtime.errors import ConfigError
from native_runtime.gateway.config_documents import problem_document
from native_runtime.workers.doubts import doubts
from native_runtime.workers.importable import import_problems
from native_runtime.workers.plan import describe
from native_runtime.workers.standalone import find_config
from native_runtime.workers.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from native_runtime.cli.locate import App


@click.command("config:check")
@config_option
@json_option
@click.option(
    "--plan", "as_plan", is_flag=True, help="Tell what the file would do to the running app's children."
)
def check(config: Path | None, *, as_json: bool, as_plan: bool) -> int:
    """Read workers.toml and tell every problem at once, with its line. Exit code 1 if there is one.

    The modules it names are imported, each in a process of its own. What is valid but cannot be meant is told too,
    as a warning, and leaves the exit code 0.
    """
    if as_json:
        return _check_for_programs(config, as_plan=as_plan)
    app = locate(config)
    for doubt in doubts(app.config, environ=os.environ):
        say(f"warning: {doubt}", err=True)
    if problems := import_problems(app.config):
        raise ConfigError(problems)
    workers = counted(len(app.config.workers), "worker")
    processes = counted(len(app.config.processes), "process", "processes")
    say(f"{app.path} is valid: {workers}, {processes}.")
    if as_plan:
        for step, child in _plan(app):
            say(f"{step:8}{child}")
    return 0


def _check_for_programs(config: Path | None, *, as_plan: bool) -> int:
    """The same as one document; returns the exit code."""
    document: dict[str, Any] = {"path": None, "problems": [], "warnings": []}
    try:
        path = find_config(os.environ, str(config) if config else None)
        document["path"] = str(path)
        app = locate(path)
        document["warnings"] = [problem_document(each) for each in doubts(app.config, environ=os.environ)]
        document["problems"] = [problem_document(each) for each in import_problems(app.config)]
        if as_plan and not document["problems"]:
            document["plan"] = [{"step": step, "child": child} for step, child in _plan(app)]
    except ConfigError as error:
        document["problems"] = [problem_document(each) for each in error.found]
    print_json(document)
    return 1 if document["problems"] else 0


def _plan(app: App) -> Iterable[tuple[str, str]]:
    """By the app that runs by this very file; else everything is started."""
    running = app.running()
    if running is not None:
        answer = running.get("/api/config/plan")
        if answer["path"] == str(app.path):
            return [(each["step"], each["child"]) for each in answer["plan"]]
    return describe({}, Wishes(app.config, folders=app.folders, import_path=sys.path).all_specs())
