"""Every key of workers.toml with what its value must be: the one table that checks and documents go by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from native_runtime.processes.restart import RestartPolicy, RestartWhen
from native_runtime.queue import queue_name
from native_runtime.queue.rate import RATE_EXPECTED, RATE_FORM
from native_runtime.workers.config import MOST_PROCESSES, WorkerConfig
from native_runtime.workers.kinds import Choice, Flag, Number, Pattern, Text, Url, Whole
from native_runtime.workers.problem import Problem, misfit
from native_runtime.workers.shapes import Either, ListOf, NamedTables, Rule, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from native_runtime.workers.problem import KeyPath


def _minimum_fits_maximum(table: Mapping[str, object], at: KeyPath) -> Iterator[Problem]:
    low, high = table.get("min", 1), table.get("max")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield misfit((*at, "max"), f"{low} or more (the value of 'min')", high)


def _hard_limit_leaves_room(table: Mapping[str, object], at: KeyPath) -> Iterator[Problem]:
    # Were both the same, the worker would always be killed in mid-job and never leave by itself in between.
    soft, hard = table.get("memory", _WORKER.memory), table.get("memory_kill")
    if isinstance(soft, int) and isinstance(hard, int) and hard <= soft:
        yield misfit((*at, "memory_kill"), f"more than {soft} (the value of 'memory')", hard)


def _delay_fits_max_delay(table: Mapping[str, object], at: KeyPath) -> Iterator[Problem]:
    delay = table.get("delay", _POLICY.delay)
    longest = table.get("max_delay", _POLICY.max_delay)
    if isinstance(delay, int | float) and isinstance(longest, int | float) and delay > longest:
        key = "max_delay" if "max_delay" in table else "delay"
        wanted = f"{delay:g} or more (the value of 'delay')" if key == "max_delay" else f"at most {longest:g}"
        yield misfit((*at, key), wanted, table[key])


def _one_probe(table: Mapping[str, object], at: KeyPath) -> Iterator[Problem]:
    named = [kind for kind in _PROBES if kind in table]
    if len(named) != 1:
        got = " and ".join(f"'{kind}'" for kind in named) or "none of them"
        yield Problem(at, f"expected exactly one way to ask ('tcp', 'http', …), got {got}")


_PROBES: Final = ("line", "tcp", "http", "heartbeat")
_POLICY: Final = RestartPolicy()
_WORKER: Final = WorkerConfig(name="default")
_SECONDS: Final = Number(unit=" of seconds")
_SOME_SECONDS: Final = Number(unit=" of seconds", above=True)
_COUNT: Final = Whole(minimum=1)
_PROCESSES: Final = Whole(minimum=1, maximum=MOST_PROCESSES)
_MEGABYTES: Final = Whole(minimum=1)
_NICE: Final = Whole(minimum=-20, maximum=19)
_NAME: Final = Text(form=queue_name.FORM, expected=queue_name.EXPECTED)  # of workers and processes, too
_FOLDER: Final = Text(form=r"[^\0]+", expected="the path of a folder, in quotes")
_MODULE: Final = Text(form=r"[^\W\d]\w*(\.[^\W\d]\w*)*", expected='the name of a module such as "app.jobs"')
_ENV: Final = NamedTables(
    name=Text(form=r"[^=\0]+", expected="the name of a variable (not empty, no '=')"),
    item=Text(form=r"[^\0]*", expected="text, in quotes"),
    expected='a table of variables such as { NAME = "value" }',
)

RUNTIME: Final = Table(
    expected="a section [runtime]",
    keys={
        "app": Text(
            # It becomes the name of a folder, on Windows too.
            form=r'(?!\.)[^\x00-\x1f\\/:*?"<>|]*[^\x00-\x1f\\/:*?"<>|. ]',
            expected="a name that can be a folder's (not empty, none of \\ / : * ? \" < > |)",
        ),
        "jobs": ListOf(
            item=_MODULE, expected='a list of modules such as ["app.jobs"]', may_be_empty=True, unique=True
        ),
        "data_dir": _FOLDER,
        "durability": Choice(words=("app", "power")),
        "watch": Flag(),
    },
)

DEV: Final = Table(
    expected="a section [dev]",
    keys={
        "reload": ListOf(
            item=_FOLDER, expected='a list of folders such as ["app"]', may_be_empty=True, unique=True
        )
    },
)

RESTART: Final = Table(
    expected="a table such as { max_restarts = 5, period = 60 }",
    rules=(Rule(("delay", "max_delay"), _delay_fits_max_delay),),
    keys={
        "when": Choice(words=tuple(RestartWhen)),
        "delay": _SECONDS,
        "factor": Number(minimum=1),
        "max_delay": _SOME_SECONDS,
        "jitter": Number(maximum=1),
        "max_restarts": Whole(minimum=0),
        "period": _SOME_SECONDS,
        "healthy_after": _SECONDS,
        "give_up": Flag(),
    },
)

QUEUE: Final = Table(
    expected="a section such as [queues.images]",
    keys={
        "concurrency": _COUNT,
        "rate": Text(form=RATE_FORM, expected=RATE_EXPECTED),
        "paused": Flag(),
        "pause_on_battery": Flag(),
    },
)

PROCESSES: Final = Table(
    expected="a table such as { min = 1, max = 4 }",
    rules=(Rule(("min", "max"), _minimum_fits_maximum),),
    keys={"min": _PROCESSES, "max": _PROCESSES, "scale_up_step": _COUNT, "idle_ttl": _SECONDS},
)

WORKER: Final = Table(
    expected="a section such as [workers.default]",
    rules=(Rule(("memory", "memory_kill"), _hard_limit_leaves_room),),
    keys={
        "queues": ListOf(item=_NAME, expected='a list of queues such as ["default"]', unique=True),
        "memory": _MEGABYTES,
        "memory_kill": _MEGABYTES,
        "timeout": _SOME_SECONDS,
        "sleep": _SOME_SECONDS,
        "rest": _SECONDS,
        "backoff": Either(
            plain=_SECONDS, compound=ListOf(item=_SECONDS, expected="a list of them such as [1, 5, 30]")
        ),
        "tries": _COUNT,
        "max_jobs": _COUNT,
        "max_time": _SOME_SECONDS,
        "processes": Either(plain=_PROCESSES, compound=PROCESSES),
        "nice": _NICE,
        "env": _ENV,
        "stop_timeout": _SECONDS,
        "restart": RESTART,
        "on_start": Text(
            form=rf"{_MODULE.form}:[^\W\d]\w*", expected='"module:function" such as "app.jobs:warm_up"'
        ),
    },
)

_PORT: Final = Whole(minimum=1, maximum=65535)
_URL: Final = Url()
_LINE: Final = Pattern()

READY: Final = Table(
    expected="a table such as { tcp = 8001 }",
    rules=(Rule((), _one_probe),),
    keys={"line": _LINE, "tcp": _PORT, "http": _URL, "timeout": _SOME_SECONDS},
)

HEALTH: Final = Table(
    expected='a table such as { http = "http://127.0.0.1:8001/health", interval = 10, retries = 3 }',
    rules=(Rule((), _one_probe),),
    keys={
        "tcp": _PORT,
        "http": _URL,
        "heartbeat": Choice(words=(True,)),
        "interval": _SOME_SECONDS,
        "retries": _COUNT,
    },
)

PROCESS: Final = Table(
    expected="a section such as [processes.api]",
    required=("command",),
    keys={
        "command": ListOf(
            item=Text(form=r"[^\0]+", expected="text, not empty"),
            expected='a list of words such as ["python", "-m", "app.api"]',
        ),
        "cwd": _FOLDER,
        "env": _ENV,
        "memory_kill": _MEGABYTES,
        "ready": Either(plain=_LINE, compound=READY),
        "health": HEALTH,
        "nice": _NICE,
        "stop_timeout": _SECONDS,
        "restart": RESTART,
    },
)

FILE: Final = Table(
    keys={
        "runtime": RUNTIME,
        "dev": DEV,
        "queues": NamedTables(name=_NAME, item=QUEUE, expected="sections such as [queues.images]"),
        "workers": NamedTables(name=_NAME, item=WORKER, expected="sections such as [workers.default]"),
        "processes": NamedTables(name=_NAME, item=PROCESS, expected="sections such as [processes.api]"),
    },
)
