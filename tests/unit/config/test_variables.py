"""`${NAME}` in texts, and NATIVE_RUNTIME_… variables in place of keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from native_runtime import environment
from native_runtime.errors import ConfigError, ConfigProblem
from native_runtime.workers.config import Config, Processes
from native_runtime.workers.doubts import doubts
from native_runtime.workers.loader import read_config

PATH = Path.cwd() / "workers.toml"


def read(text: str, **environ: str) -> Config:
    return read_config(text, path=PATH, environ={"HOME": "/home/me", **environ})


def problems(text: str, **environ: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        read(text, **environ)
    return refused.value.problems


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("${NAME}", "mail"),
        ("a-${NAME}-${NAME}", "a-mail-mail"),
        ("${UNSET:-images}", "images"),
        ("${EMPTY:-images}", "images"),
        ("${NAME:-images}", "mail"),
        ("${EMPTY}", ""),
        ("${UNSET:-}", ""),
        ("$${NAME}", "${NAME}"),
        ("$$${NAME}", "$${NAME}"),
        ("$NAME and $", "$NAME and $"),
    ],
)
def test_variables_in_a_text_are_filled_in(written: str, meant: str) -> None:
    config = read(f"[workers.a]\nenv = {{ TEXT = '{written}' }}", NAME="mail", EMPTY="")
    assert config.workers["a"].env == {"TEXT": meant}


def test_variables_are_filled_in_wherever_text_stands() -> None:
    config = read(
        '[runtime]\njobs = ["${APP}.jobs"]\ndata_dir = "${BASE}/data"\ndurability = "${D:-power}"\n'
        '[processes.api]\ncommand = ["${APP}", "--port"]\n',
        APP="desk",
        BASE=str(PATH.parent),
    )
    assert config.runtime.jobs == ("desk.jobs",)
    assert config.runtime.data_dir == PATH.parent / "data"
    assert config.runtime.durability == "power"
    assert config.processes["api"].command == ("desk", "--port")


def test_what_a_variable_holds_is_checked_like_the_file_and_not_read_again() -> None:
    assert problems('[workers.a]\nqueues = ["${Q}"]', Q="a b")[0].startswith(
        "workers.toml:2:11: workers.a.queues[0]"
    )
    config = read("[workers.a]\nenv = { A = '${B}' }", B="${C}")
    assert config.workers["a"].env == {"A": "${C}"}


def test_an_unset_variable_is_told_with_its_line_and_nothing_else_of_that_text_is() -> None:
    (problem,) = problems('[workers.a]\n\nqueues = ["x", "${QUEUE}"]')
    assert problem.startswith(
        "workers.toml:3:16: workers.a.queues[1]: expected the environment variable QUEUE"
    )


@pytest.mark.parametrize("wrong", ["${", "${}", "${1A}", "${A B}", "${NAME:?x}", "${NAME"])
def test_what_only_looks_like_a_variable_is_refused_and_the_escape_is_told(wrong: str) -> None:
    (problem,) = problems(f"[workers.a]\nenv = {{ A = '{wrong}' }}", NAME="x")
    assert "expected ${NAME} or ${NAME:-default}" in problem
    assert "$${" in problem


@pytest.mark.parametrize(
    ("variable", "value", "key", "meant"),
    [
        ("MEMORY", "96", "memory", 96),
        ("memory", "96", "memory", 96),
        ("TIMEOUT", "2.5", "timeout", 2.5),
        ("QUEUES", "images", "queues", ("images",)),
        ("QUEUES", "images, mail", "queues", ("images", "mail")),
        ("QUEUES", '["images", "mail"]', "queues", ("images", "mail")),
        ("BACKOFF", "5", "backoff", (5.0,)),
        ("BACKOFF", "1,5,30", "backoff", (1.0, 5.0, 30.0)),
        ("PROCESSES", "3", "processes", Processes(min=3, max=3)),
        ("PROCESSES", "{ min = 1, max = 3 }", "processes", Processes(min=1, max=3)),
        ("ENV__Mode", "fast", "env", {"Mode": "fast"}),
        ("ON_START", "app.jobs:warm_up", "on_start", "app.jobs:warm_up"),
    ],
)
def test_a_variable_overrides_a_key(variable: str, value: str, key: str, meant: object) -> None:
    config = read(
        '[workers.my-mail]\nmemory = 64\nqueues = ["x"]\n',
        **{f"NATIVE_RUNTIME_WORKERS__MY_MAIL__{variable}": value},
    )
    assert getattr(config.workers["my-mail"], key) == meant


def test_overrides_reach_below_tables_and_beside_sections() -> None:
    config = read(
        "[workers.a]\nprocesses = { min = 1, max = 2 }\n[processes.api]\ncommand = ['x']\n",
        NATIVE_RUNTIME_WORKERS__A__PROCESSES__MAX="5",
        NATIVE_RUNTIME_WORKERS__A__RESTART__GIVE_UP="true",
        NATIVE_RUNTIME_RUNTIME__APP="Desk",
        NATIVE_RUNTIME_PROCESSES__API__READY__TCP="8001",
        NATIVE_RUNTIME_DATA_DIR="/elsewhere",
        NATIVE_RUNTIME_JOBS="x",
    )
    assert config.workers["a"].processes == Processes(min=1, max=5)
    assert config.workers["a"].restart.give_up
    assert config.runtime.app == "Desk"
    assert config.runtime.data_dir is None
    assert config.processes["api"].ready is not None


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("WORKERS__A__TRYS", "[workers.a] has no key TRYS; did you mean TRIES?"),
        ("WORKERS__B__TRIES", "[workers] has no section B; expected one of: A, X_Y"),
        ("WORKER__A__TRIES", "workers.toml has no key WORKER; did you mean WORKERS?"),
        ("WORKERS__A__TRIES__MORE", "workers.a.tries is no table and has no key 'MORE'"),
        ("WORKERS__X_Y__TRIES", "means more than one section of [workers]: 'x-y', 'x.y'; rename one"),
        ("WORKERS__A__PROCESSES__MAX", "workers.a.processes: expected a table to change a key of, got 2"),
        ("WORKERS__A__TRIES", 'workers.a.tries: expected a whole number of 1 or more, got "many"'),
    ],
)
def test_a_variable_that_cannot_be_applied_is_told_by_its_name(variable: str, told: str) -> None:
    text = "[workers.a]\nprocesses = 2\n[workers.x-y]\n[workers.'x.y']\n"
    (problem,) = problems(text, **{f"NATIVE_RUNTIME_{variable}": "many"})
    assert problem.startswith(f"NATIVE_RUNTIME_{variable}: {told}")


def test_a_variable_that_means_nothing_is_a_doubt_and_no_error() -> None:
    environ = {"NATIVE_RUNTIME_DATA_DRI": "x", "NATIVE_RUNTIME_NAME": "a:1", "HOME": "/home/me"}
    assert doubts(read("", **environ), environ=environ) == [
        ConfigProblem(
            source="NATIVE_RUNTIME_DATA_DRI", text="means nothing; did you mean NATIVE_RUNTIME_DATA_DIR?"
        )
    ]


@pytest.mark.parametrize(
    ("section", "doubted"),
    [
        ("timeout = 300", 0),  # the default grace is short on purpose
        ("timeout = 300\nstop_timeout = 20", 1),
        ("stop_timeout = 20", 1),
        ("timeout = 20\nstop_timeout = 20", 0),
    ],
)
def test_a_grace_that_is_named_and_shorter_than_a_job_may_take_is_a_doubt(section: str, doubted: int) -> None:
    found = doubts(read(f"[workers.a]\n{section}\n"), environ={})
    assert [each.key for each in found] == ["workers.a.stop_timeout"] * doubted
    assert all(each.line is not None for each in found)


def test_every_variable_of_the_library_is_known_as_one() -> None:
    named = {
        value
        for name, value in vars(environment).items()
        if name.isupper() and str(value).startswith("NATIVE_")
    }
    assert named - {environment.PREFIX} == environment.NAMES
