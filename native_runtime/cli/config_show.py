"""`config:show` and `config:schema`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from native_runtime.cli.locate import locate
from native_runtime.cli.options import config_option, json_option
from native_runtime.cli.output import print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from native_runtime.cli.locate import App
    from native_runtime.gateway.config_shapes import SettingDocument


@click.command("config:show")
@config_option
@json_option
def show(config: Path | None, *, as_json: bool) -> None:
    """What every key is now, and who said so: the file, an environment variable, the app's code or nobody."""
    app = locate(config)
    running = app.running()
    settings = running.get("/api/config/settings") if running is not None else _of_the_file(app)
    if as_json:
        print_json({"path": str(app.path), "settings": settings})
        return
    rows = [(each["key"], _shown(each["value"]), _who(each, app.path)) for each in settings]
    print_table(str(app.path), ("key", "value", "from"), rows, empty="Nothing is configured.")


@click.command("config:schema")
def schema() -> None:
    """Print a JSON Schema of workers.toml, for editors.

    Editors that know `#:schema` in the first line of a TOML file take it from there:
    `native-runtime config:schema > workers.schema.json` and `#:schema ./workers.schema.json`.
    """
    from native_runtime.workers.schema import file_schema

    print_json(file_schema())


def _of_the_file(app: App) -> list[SettingDocument]:
    from native_runtime.gateway.config_documents import setting_document
    from native_runtime.workers.settings import settings_of

    settings = settings_of(app.config, data=app.folders.data, environ=os.environ)
    return [setting_document(each) for each in settings]


def _shown(value: object) -> str:
    import json

    return (
        "–" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    )


def _who(setting: Mapping[str, Any], path: Path) -> str:
    if setting["variable"] is not None:
        return str(setting["variable"])
    return f"{path.name}:{setting['line']}" if setting["line"] is not None else str(setting["origin"])
