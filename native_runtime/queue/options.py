"""The flags of `queue:work`: one table that parses, checks and explains them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from native_runtime.errors import NativeRuntimeError, shorten
from native_runtime.queue.queue_name import EXPECTED, is_queue_name
from native_runtime.queue.retry import Defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class UsageError(NativeRuntimeError, ValueError):
    """A command line that cannot be understood."""


class WorkOptions(Struct, frozen=True, kw_only=True):
    """How a worker works.

    Attributes:
        queues: Strict priority, first is highest.
        memory: MB, soft: over it after a job, the worker leaves with exit code 12. 0 is no limit.
        timeout: Seconds one attempt may take, where the job names none.
        sleep: Seconds between two looks at empty queues, where no doorbell rings.
        rest: Seconds between two jobs.
        backoff: Seconds before each retry, where the job names none.
        tries: Most attempts, where the job names none.
        max_jobs: Leave after so many jobs; None is never.
        max_time: Leave after so many seconds; None is never.
        stop_when_empty: Leave once nothing is ready.
        once: Leave after one job, or if nothing is ready.
        name: The child's name.
        on_start: `module:function`, called before the first job; empty is none.
        config: Path of workers.toml; empty looks for it.
        help: Explain the flags and leave.
    """

    queues: tuple[str, ...] = ("default",)
    memory: float = 128
    timeout: float = 60.0
    sleep: float = 3.0
    rest: float = 0.0
    backoff: tuple[float, ...] = (3.0,)
    tries: int = 3
    max_jobs: int | None = None
    max_time: float | None = None
    stop_when_empty: bool = False
    once: bool = False
    name: str = ""
    on_start: str = ""
    config: str = ""
    help: bool = False

    @property
    def defaults(self) -> Defaults:
        """What holds where a job names nothing."""
        return Defaults(tries=self.tries, backoff=self.backoff, timeout=self.timeout)


class Flag(Struct, frozen=True):
    """One flag.

    Attributes:
        name: With its dashes.
        field: The option it sets.
        read: Makes the option of the flag's text; raises ValueError. None: the flag has no value.
        expected: What the text must be, for messages and help.
        help: What it does.
    """

    name: str
    field: str
    read: Callable[[str], Any] | None
    expected: str
    help: str


def _at_least(smallest: float, read: Callable[[str], Any]) -> Callable[[str], Any]:
    def number(text: str) -> Any:
        value = read(text)
        if not smallest <= value < float("inf"):
            raise ValueError
        return value

    return number


def _above_zero(text: str) -> float:
    value = _at_least(0, float)(text)
    if not value:
        raise ValueError
    return float(value)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    if odd := [name for name in names if not is_queue_name(name)]:
        raise UsageError(f"--queue: expected names, comma-separated, each {EXPECTED}, got {shorten(odd[0])}")
    return names


def _pauses(text: str) -> tuple[float, ...]:
    return tuple(_at_least(0, float)(each) for each in text.split(","))


FLAGS: Final = (
    Flag("--queue", "queues", _names, "names, comma-separated", "queues to serve, the first one first"),
    Flag("--memory", "memory", _at_least(0, float), "MB", "leave with exit code 12 when over it after a job"),
    Flag("--timeout", "timeout", _above_zero, "seconds above 0", "time for one attempt"),
    Flag("--sleep", "sleep", _above_zero, "seconds above 0", "time between two looks at empty queues"),
    Flag("--rest", "rest", _at_least(0, float), "seconds", "time between two jobs"),
    Flag("--backoff", "backoff", _pauses, "seconds, comma-separated", "time before each retry"),
    Flag("--tries", "tries", _at_least(1, int), "a whole number of 1 or more", "most attempts"),
    Flag(
        "--max-jobs", "max_jobs", _at_least(1, int), "a whole number of 1 or more", "leave after so many jobs"
    ),
    Flag("--max-time", "max_time", _above_zero, "seconds above 0", "leave after so long"),
    Flag("--stop-when-empty", "stop_when_empty", None, "", "leave once nothing is ready"),
    Flag("--once", "once", None, "", "leave after one job, or if nothing is ready"),
    Flag("--name", "name", str, "a name", "how the worker is called"),
    Flag("--on-start", "on_start", str, "module:function", "called before the first job"),
    Flag("--config", "config", str, "a path", "workers.toml; -c is the same"),
    Flag("--help", "help", None, "", "show this"),
)

_SHORT: Final = {"-c": "--config", "-h": "--help"}


def parse(arguments: Sequence[str]) -> WorkOptions:
    """Read the words behind `queue:work`: `--flag=value` or `--flag value`.

    Raises:
        UsageError: A flag is unknown, lacks its value or has one it cannot have; says so in one line.
    """
    flags = {flag.name: flag for flag in FLAGS}
    options: dict[str, Any] = {}
    words = list(arguments)
    while words:
        name, equals, text = words.pop(0).partition("=")
        flag = flags.get(_SHORT.get(name, name))
        if flag is None:
            raise UsageError(_unknown(name, list(flags)))
        if flag.read is None:
            _refuse_value(flag, equals, text)
            options[flag.field] = True
            continue
        if not equals:
            if not words:
                raise UsageError(f"{name} needs a value: {flag.expected}")
            text = words.pop(0)
        try:
            options[flag.field] = flag.read(text)
        except UsageError:  # that says more
            raise
        except ValueError:
            raise UsageError(f"{flag.name}: expected {flag.expected}, got {text!r}") from None
    return WorkOptions(**options)


def help_text() -> str:
    """All flags, one a line."""
    left = [f"{flag.name}={flag.expected}" if flag.read else flag.name for flag in FLAGS]
    width = max(map(len, left)) + 2
    lines = [f"  {shown:<{width}}{flag.help}" for shown, flag in zip(left, FLAGS, strict=True)]
    return "\n".join(["usage: native-runtime queue:work [flags]", "", *lines])


def _refuse_value(flag: Flag, equals: str, text: str) -> None:
    if equals:
        raise UsageError(f"{flag.name} takes no value, got {text!r}")


def _unknown(name: str, known: list[str]) -> str:
    import difflib

    if not name.startswith("-"):
        return f"unexpected word {name!r}; flags begin with --"
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
    return f"unknown flag {name}; {hint}"
