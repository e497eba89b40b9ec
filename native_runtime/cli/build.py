"""`build`."""

from __future__ import annotations

from pathlib import Path

import click

from native_runtime.cli.output import say
from native_runtime.packaging.build import formats_here

MEGABYTE = 1000 * 1000


@click.command("build")
@click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder with the app's briefcase.toml. [default: this one]",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice([*formats_here(), "all"]),
    multiple=True,
    default=formats_here()[:1],
    show_default=True,
    help="What to build; may be given several times.",
)
def build(project: Path, formats: tuple[str, ...]) -> None:
    """Build packages of an app for this system, in its dist/: they run without Python.

    Everything about the app comes from its briefcase.toml and its workers.toml. Run it in the environment of the app.
    """
    from native_runtime.packaging.build import build as build_all
    from native_runtime.packaging.build import size
    from native_runtime.packaging.settings import read

    app = read(project.resolve())
    for package in build_all(app, formats_here() if "all" in formats else formats):
        say(f"{package.relative_to(app.project)}, {size(package) / MEGABYTE:.0f} MB")
