"""Runs one command and turns every way it can end into an exit code and at most one line on stderr."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Final, TextIO

import click

from native_runtime.cli.group import PROGRAM, commands
from native_runtime.cli.interrupts import INTERRUPTED
from native_runtime.cli.letters import spell_what_is_missing
from native_runtime.cli.output import say
from native_runtime.errors import NativeRuntimeError

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FAILED, USAGE = 0, 1, 2
# A closed pipe is none of these: click ends the command without a word, as people expect of `… | head`.
CANNOT_WRITE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `native-runtime …`.

    Args:
        arguments: Without the program's name; None takes those of this process.

    Returns:
        0 done, 1 the asked-for thing failed, 2 wrong usage.
    """
    spell_what_is_missing()
    try:
        code = commands.main(
            args=list(sys.argv[1:] if arguments is None else arguments),
            prog_name=PROGRAM,
            standalone_mode=False,
        )
    except click.UsageError as error:
        return complain(usage_hint(error), USAGE)
    except click.ClickException as error:
        return complain(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return complain(INTERRUPTED, FAILED)
    except NativeRuntimeError as error:
        return complain(str(error), FAILED)
    except OSError as error:
        if error.errno not in CANNOT_WRITE:
            raise
        _drop_what_is_left(sys.stdout)
        return complain(f"cannot write: {error.strerror}; make room, or send the output elsewhere", FAILED)
    return code if isinstance(code, int) else DONE


def complain(message: str, code: int) -> int:
    """Say it on stderr; returns `code`."""
    try:
        say(f"{PROGRAM}: {message}", err=True)
    except OSError:  # nobody can be told
        _drop_what_is_left(sys.stderr)
    return code


def usage_hint(error: click.UsageError) -> str:
    """The error, and where to read how it is meant."""
    message = error.format_message().rstrip(".")
    path = error.ctx.command_path if error.ctx is not None else PROGRAM
    return message if "`" in message or "did you mean" in message else f"{message}; see `{path} --help`"


def _drop_what_is_left(stream: TextIO) -> None:
    """Else Python would try once more when it ends, and tell of that at length."""
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
