"""The table of all commands, each imported only when it is called, and the answer to a mistyped one."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING, Any, Final

import click

from native_runtime.cli.examples import EXAMPLES
from native_runtime.cli.interrupts import nothing_to_undo
from native_runtime.cli.options import config_option

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM: Final = "native-runtime"

# Command → "module:function" below native_runtime.cli, in the order of the help page.
COMMANDS: Final = {
    "new": "new:new",
    "build": "build:build",
    "runtime": "runtime:run",
    "runtime:status": "runtime:status",
    "runtime:stop": "runtime:stop",
    "runtime:show": "runtime_show:show",
    "runtime:command": "app_command:run",
    "queue:work": "queue_work:work",
    "queue:status": "queue:status",
    "queue:jobs": "queue_jobs:search",
    "queue:job": "queue_jobs:show",
    "queue:pause": "queue:pause",
    "queue:resume": "queue:resume",
    "queue:clear": "queue:clear",
    "queue:failed": "queue_failed:failed",
    "queue:retry": "queue_failed:retry",
    "queue:forget": "queue_failed:forget",
    "queue:flush": "queue_failed:flush",
    "queue:batches": "queue_batches:show_all",
    "queue:batch": "queue_batches:show",
    "queue:cancel": "queue_batches:cancel",
    "queue:stress": "queue_stress:stress",
    "worker:up": "worker:up",
    "worker:down": "worker:down",
    "worker:restart": "worker:restart",
    "worker:scale": "worker:scale",
    "process:list": "process:show",
    "process:logs": "process_logs:logs",
    "process:start": "process:start",
    "process:stop": "process:stop",
    "process:restart": "process:restart",
    "config:check": "config:check",
    "config:show": "config_show:show",
    "config:schema": "config_show:schema",
    "config:set": "config_set:assign",
    "config:unset": "config_set:unset",
    "crash:list": "crash:show_all",
    "crash:show": "crash:show",
}


class LazyGroup(click.Group):
    """A click group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """The command of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name].split(":")
        with nothing_to_undo():
            command = getattr(importlib.import_module(f"native_runtime.cli.{module}"), function)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is ours
        command.epilog = f"Example: {PROGRAM} {EXAMPLES[cmd_name]}"
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """As click does, but without the empty line that it prints for Ctrl-C."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise click.Abort from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but a name that is nearly right gets the right one told."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(unknown_command(args[0]), ctx)
        return super().resolve_command(ctx, args)


def unknown_command(name: str) -> str:
    """What to tell somebody who typed `name`."""
    near = difflib.get_close_matches(name, COMMANDS, n=2, cutoff=0.7)
    hint = f"did you mean {' or '.join(near)}?" if near else f"`{PROGRAM} --help` lists them all"
    return f"no command {name!r}; {hint}"


@click.group(
    name=PROGRAM,
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@config_option
@click.version_option(package_name="native-runtime", prog_name=PROGRAM)
@click.pass_context
def commands(context: click.Context, config: Path | None) -> None:
    """Run and steer the background work of a desktop app.

    The app is found by -c FILE, else NATIVE_RUNTIME_CONFIG, else ./workers.toml.
    """
    context.obj = config
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)
