"""workers.toml is read strictly: what is right becomes a Config, what is wrong is told all at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from native_runtime.errors import ConfigError
from native_runtime.processes.readiness import Health, Probe, Ready
from native_runtime.processes.restart import RestartPolicy, RestartWhen
from native_runtime.workers.config import Config, ProcessConfig, Processes, RuntimeConfig, WorkerConfig
from native_runtime.workers.loader import load

if TYPE_CHECKING:
    from collections.abc import Callable

    Load = Callable[[str | bytes], Config]


@pytest.fixture
def load_text(tmp_path: Path) -> Load:
    def load_text(content: str | bytes) -> Config:
        path = tmp_path / "workers.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load(path, environ={"HOME": "/home/me", "USERPROFILE": "/home/me"})

    return load_text


def problems_in(load_text: Load, content: str | bytes) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        load_text(content)
    return refused.value.problems


def test_empty_file_is_valid_and_names_no_worker(load_text: Load, tmp_path: Path) -> None:
    assert load_text("") == Config(path=tmp_path / "workers.toml")


def test_every_key_of_a_worker_is_read(load_text: Load) -> None:
    config = load_text(
        """
        [workers.mail]
        queues = ["mail", "default"]
        memory = 64
        memory_kill = 100
        timeout = 5
        sleep = 0.5
        rest = 0.25
        backoff = [1, 2.5]
        tries = 7
        max_jobs = 100
        max_time = 3600
        processes = { min = 2, max = 4, scale_up_step = 2, idle_ttl = 30 }
        nice = 10
        env = { MODE = "fast", EMPTY = "" }
        stop_timeout = 3
        on_start = "app.jobs:warm_up"
        [workers.mail.restart]
        when = "on-failure"
        delay = 1
        factor = 3
        max_delay = 9
        jitter = 0
        max_restarts = 4
        period = 20
        healthy_after = 2
        give_up = true
        """
    )
    assert config.workers["mail"] == WorkerConfig(
        name="mail",
        queues=("mail", "default"),
        memory=64,
        memory_kill=100,
        timeout=5.0,
        sleep=0.5,
        rest=0.25,
        backoff=(1.0, 2.5),
        tries=7,
        max_jobs=100,
        max_time=3600.0,
        processes=Processes(min=2, max=4, scale_up_step=2, idle_ttl=30.0),
        nice=10,
        env={"MODE": "fast", "EMPTY": ""},
        stop_timeout=3.0,
        restart=RestartPolicy(
            when=RestartWhen.ON_FAILURE,
            delay=1,
            factor=3,
            max_delay=9,
            jitter=0,
            max_restarts=4,
            period=20,
            healthy_after=2,
            give_up=True,
        ),
        on_start="app.jobs:warm_up",
    )


def test_runtime_and_processes_are_read_with_paths_relative_to_the_file(
    load_text: Load, tmp_path: Path
) -> None:
    config = load_text(
        """
        [runtime]
        app = "Photo Desk"
        jobs = ["app.jobs", "extra"]
        data_dir = "data"
        [processes.api]
        command = ["python", "-m", "app.api"]
        cwd = "~/api"
        env = { PORT = "8001" }
        memory_kill = 512
        nice = -5
        stop_timeout = 1
        restart.max_restarts = 3
        """
    )
    assert config.runtime == RuntimeConfig(
        app="Photo Desk", jobs=("app.jobs", "extra"), data_dir=tmp_path / "data"
    )
    assert config.processes["api"] == ProcessConfig(
        name="api",
        command=("python", "-m", "app.api"),
        cwd=Path("/home/me/api"),
        env={"PORT": "8001"},
        memory_kill=512,
        nice=-5,
        stop_timeout=1.0,
        restart=RestartPolicy(max_restarts=3),
    )


def test_readiness_and_health_of_a_process_are_read(load_text: Load) -> None:
    config = load_text(
        """
        [processes.api]
        command = ["api"]
        ready = { tcp = 8001, timeout = 5 }
        health = { http = "http://127.0.0.1:8001/health", interval = 2, retries = 1 }
        [processes.sync]
        command = ["sync"]
        ready = "^listening"
        """
    )
    api, sync = config.processes["api"], config.processes["sync"]
    assert api.ready == Ready(probe=Probe(tcp=8001), timeout=5.0)
    assert api.health == Health(probe=Probe(http="http://127.0.0.1:8001/health"), interval=2.0, retries=1)
    assert sync.ready == Ready(probe=Probe(line="^listening"))


def test_absolute_data_dir_is_kept(load_text: Load, tmp_path: Path) -> None:
    data_dir = tmp_path / "elsewhere"
    assert load_text(f"[runtime]\ndata_dir = '{data_dir}'").runtime.data_dir == data_dir


def test_worker_without_keys_has_the_documented_defaults(load_text: Load) -> None:
    assert load_text("[workers.default]").workers == {"default": WorkerConfig(name="default")}


def test_hard_memory_limit_is_four_times_the_soft_one_unless_named(load_text: Load) -> None:
    config = load_text("[workers.a]\nmemory = 100\n[workers.b]\nmemory = 100\nmemory_kill = 101")
    assert config.workers["a"].memory_kill == 400
    assert config.workers["b"].memory_kill == 101


def test_processes_as_a_number_is_both_minimum_and_maximum(load_text: Load) -> None:
    assert load_text("[workers.a]\nprocesses = 3").workers["a"].processes == Processes(min=3, max=3)


def test_minimum_alone_raises_the_maximum(load_text: Load) -> None:
    assert load_text("[workers.a]\nprocesses.min = 3").workers["a"].processes == Processes(min=3, max=3)


def test_backoff_as_a_number_is_a_list_of_one(load_text: Load) -> None:
    assert load_text("[workers.a]\nbackoff = 60").workers["a"].backoff == (60.0,)


def test_sections_keep_the_files_order(load_text: Load) -> None:
    assert list(load_text("[workers.b]\n[workers.a]\n[workers.c]").workers) == ["b", "a", "c"]


def test_names_may_hold_dots_when_quoted(load_text: Load) -> None:
    assert list(load_text('[workers."a.b-c_1"]').workers) == ["a.b-c_1"]


def test_byte_order_mark_and_windows_line_ends_are_accepted(load_text: Load) -> None:
    config = load_text('\ufeff[workers.a]\r\nqueues = ["x"]\r\n'.encode())
    assert config.workers["a"].queues == ("x",)


def test_all_problems_are_told_at_once_in_the_files_order(load_text: Load) -> None:
    assert problems_in(
        load_text,
        """[runtime]
app = ""
apps = "x"
[worker.mail]
tries = 3
[workers.mail]
tries = 0
  trys = 3
memory = true
queues = ["a", "", "a"]
processes = { min = 3, max = 2 }
[processes.api]
comand = ["x"]
""",
    ) == (
        (
            "workers.toml:2:1: runtime.app: expected a name that can be a folder's "
            '(not empty, none of \\ / : * ? " < > |), got ""'
        ),
        "workers.toml:3:1: runtime.apps: unknown key; did you mean 'app'?",
        "workers.toml:4:2: worker: unknown key; did you mean 'workers'?",
        "workers.toml:7:1: workers.mail.tries: expected a whole number of 1 or more, got 0",
        "workers.toml:8:3: workers.mail.trys: unknown key; did you mean 'tries'?",
        "workers.toml:9:1: workers.mail.memory: expected a whole number of 1 or more, got true",
        (
            "workers.toml:10:16: workers.mail.queues[1]: expected a name of 1 to 128 letters, digits, '_', '.' and '-', "
            "but not '.' or '..', got \"\""
        ),
        'workers.toml:10:20: workers.mail.queues[2]: expected each only once, got "a"',
        "workers.toml:11:24: workers.mail.processes.max: expected 3 or more (the value of 'min'), got 2",
        (
            "workers.toml:12:12: processes.api: expected the key 'command' "
            '(a list of words such as ["python", "-m", "app.api"]), got none'
        ),
        "workers.toml:13:1: processes.api.comand: unknown key; did you mean 'command'?",
    )


def test_values_that_do_not_go_together_are_told_beside_other_problems(load_text: Load) -> None:
    problems = problems_in(load_text, "[workers.a]\ntrys = 1\nmemory_kill = 5\nprocesses = { mix = 1 }")
    assert [problem.split(": ")[1] for problem in problems] == [
        "workers.a.trys",
        "workers.a.memory_kill",
        "workers.a.processes.mix",
    ]


def test_comparison_with_a_value_that_is_wrong_itself_is_not_told(load_text: Load) -> None:
    (problem,) = problems_in(load_text, '[workers.a]\nmemory = "64"\nmemory_kill = 100')
    assert "workers.a.memory: expected" in problem


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("queues = []", "queues: expected a list of queues such as"),
        ('queues = "default"', 'queues: expected a list of queues such as ["default"], got "default"'),
        ('queues = ["a b"]', "queues[0]: expected a name of"),
        ("queues = [1]", "queues[0]: expected a name of"),
        ("memory = 0", "memory: expected a whole number of 1 or more, got 0"),
        ("memory = 64.0", "memory: expected a whole number of 1 or more, got 64.0"),
        ('memory = "64"', 'memory: expected a whole number of 1 or more, got "64"'),
        ("memory = 9999999999", "memory: expected at most 1000000000, got 9999999999"),
        ("memory_kill = 128", "memory_kill: expected more than 128 (the value of 'memory'), got 128"),
        (
            "memory = 64\nmemory_kill = 32",
            "memory_kill: expected more than 64 (the value of 'memory'), got 32",
        ),
        ("timeout = 0", "timeout: expected a number of seconds, more than 0, got 0"),
        ("timeout = false", "timeout: expected a number of seconds, more than 0, got false"),
        ("timeout = nan", "timeout: expected a number of seconds, more than 0, got nan"),
        ("timeout = inf", "timeout: expected at most 1000000000, got inf"),
        ("timeout = 1979-05-27", "timeout: expected a number of seconds, more than 0, got 1979-05-27"),
        ("sleep = -1", "sleep: expected a number of seconds, more than 0, got -1"),
        ("rest = -0.1", "rest: expected a number of seconds, 0 or more, got -0.1"),
        ("backoff = -3", "backoff: expected a number of seconds, 0 or more, or a list of them such as"),
        ("backoff = []", "backoff: expected a list of them such as [1, 5, 30], got an empty list"),
        ("backoff = [1, true]", "backoff[1]: expected a number of seconds, 0 or more, got true"),
        ("backoff = {}", "backoff: expected a number of seconds, 0 or more, or a list"),
        ("max_jobs = 0", "max_jobs: expected a whole number of 1 or more, got 0"),
        ("max_time = 0", "max_time: expected a number of seconds, more than 0, got 0"),
        ("processes = 0", "processes: expected a whole number from 1 to 256, or a table such as"),
        ("processes = [1]", "processes: expected a whole number from 1 to 256, or a table such as"),
        ("processes = { mix = 1 }", "processes.mix: unknown key; did you mean 'm"),
        ("nice = 20", "nice: expected a whole number from -20 to 19, got 20"),
        ("env = { A = 1 }", "env.A: expected text, in quotes, got 1"),
        ('env = { "" = "x" }', 'env."": expected the name of a variable'),
        ('env = "A=1"', "env: expected a table of variables"),
        ("stop_timeout = -1", "stop_timeout: expected a number of seconds, 0 or more, got -1"),
        ('restart = "always"', "restart: expected a table such as"),
        ('restart.when = "sometimes"', 'restart.when: expected one of "always", "on-failure", "never"'),
        ("restart.give_up = 1", "restart.give_up: expected true or false, got 1"),
        ("restart.factor = 0.5", "restart.factor: expected a number, 1 or more, got 0.5"),
        ("restart.jitter = 2", "restart.jitter: expected a number, from 0 to 1, got 2"),
        ("restart.delay = 100", "restart.delay: expected at most 60, got 100"),
        (
            "restart = { delay = 9, max_delay = 5 }",
            "restart.max_delay: expected 9 or more (the value of 'delay')",
        ),
        ('on_start = "warm_up"', 'on_start: expected "module:function" such as "app.jobs:warm_up"'),
        ("colour = 1", "colour: unknown key; expected one of: queues, memory, "),
        ("max-jobs = 1", "max-jobs: unknown key; did you mean 'max_jobs'?"),
        (
            "tries = 0x" + "f" * 5000,
            "tries: expected at most 1000000000, got a number with a great many digits",
        ),
    ],
)
def test_impossible_setting_of_a_worker_is_refused(load_text: Load, setting: str, told: str) -> None:
    problems = problems_in(load_text, f"[workers.mail]\n{setting}\n")
    assert len(problems) == 1
    assert problems[0].startswith("workers.toml:")
    assert f": workers.mail.{told}" in problems[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[workers.'a b']", 'workers.toml:1:10: workers."a b": expected a name of 1 to 128 letters'),
        ('[workers.""]', 'workers.toml:1:10: workers."": expected a name of 1 to 128 letters'),
        ("workers = 3", "workers.toml:1:1: workers: expected sections such as [workers.default], got 3"),
        (
            "[[workers]]",
            "workers.toml:1:3: workers: expected sections such as [workers.default], got a list of 1",
        ),
        (
            "[workers]\nmail = 1",
            "workers.toml:2:1: workers.mail: expected a section such as [workers.default], got 1",
        ),
        ('[runtime]\napp = "a/b"', "workers.toml:2:1: runtime.app: expected a name that can be a folder's"),
        ('[runtime]\napp = ".."', "workers.toml:2:1: runtime.app: expected a name that can be a folder's"),
        ('[runtime]\njobs = "app.jobs"', "workers.toml:2:1: runtime.jobs: expected a list of modules"),
        (
            '[runtime]\njobs = ["app/jobs.py"]',
            "workers.toml:2:9: runtime.jobs[0]: expected the name of a module",
        ),
        ('[runtime]\ndata_dir = ""', "workers.toml:2:1: runtime.data_dir: expected the path of a folder"),
        ("[processes.x]\ncommand = []", "workers.toml:2:1: processes.x.command: expected a list of words"),
        (
            '[processes.x]\ncommand = "ls -l"',
            "workers.toml:2:1: processes.x.command: expected a list of words",
        ),
        (
            '[processes.x]\ncommand = ["ls"]\nready = {}',
            "workers.toml:3:1: processes.x.ready: expected exactly one way to ask",
        ),
        (
            '[processes.x]\ncommand = ["ls"]\nready = { tcp = 1, http = "http://x" }',
            "workers.toml:3:1: processes.x.ready: expected exactly one way to ask ('tcp', 'http', …), got 'tcp' and",
        ),
        (
            '[processes.x]\ncommand = ["ls"]\nready = { http = "http://[::1:80/" }',
            "workers.toml:3:11: processes.x.ready.http: expected a URL such as",
        ),
        (
            '[processes.x]\ncommand = ["ls"]\nready = { http = "http://localhost:80800/" }',
            "workers.toml:3:11: processes.x.ready.http: expected a URL such as",
        ),
        (
            '[processes.x]\ncommand = ["ls"]\nready = "a{99999999999}"',
            "workers.toml:3:1: processes.x.ready: expected a regular expression",
        ),
        (
            '[processes.x]\ncommand = ["ls"]\nready = "("',
            "workers.toml:3:1: processes.x.ready: expected a regular expression",
        ),
        (
            '[processes.x]\ncommand = ["ls"]\nhealth = { heartbeat = false }',
            "workers.toml:3:12: processes.x.health.heartbeat: expected true, got false",
        ),
        (
            '[processes.x]\ncommand = ["ls"]\nqueues = ["a"]',
            "workers.toml:3:1: processes.x.queues: unknown key",
        ),
    ],
)
def test_impossible_section_is_refused(load_text: Load, content: str, told: str) -> None:
    (problem,) = problems_in(load_text, content)
    assert problem.startswith(told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[workers.a]\ntries = = 3\n", 'workers.toml:2:9: not valid TOML: expected a value, got "= 3"'),
        ("[workers.a\n", "workers.toml:1:11: not valid TOML: expected ']' at the end of a table declaration"),
        ("[runtime]\napp = 'x", 'workers.toml:2:9: not valid TOML: expected "\'"'),
        (
            "a = 1\na = 2\n",
            "workers.toml:2:1: a: stands twice, first in line 1; remove or rename one of them",
        ),
        ("a = " + "9" * 5000, "workers.toml:1:5005: not valid TOML: exceeds the limit"),
        ("a = " + "[" * 5000, "workers.toml:1:1: expected at most some hundred levels, got more"),
        (b"[runtime]\napp = 'caf\xe9'\n", "workers.toml:2:11: expected UTF-8 text, got the byte 0xe9"),
        ("[runtime]".encode("utf-16"), "workers.toml:1:1: expected UTF-8 text, got the byte 0xff"),
    ],
)
def test_file_that_is_no_toml_is_refused_with_line_and_column(
    load_text: Load, content: str | bytes, told: str
) -> None:
    (problem,) = problems_in(load_text, content)
    assert problem.startswith(told)


def test_missing_file_is_told_with_its_whole_path(tmp_path: Path) -> None:
    missing = tmp_path / "workers.toml"
    with pytest.raises(ConfigError) as refused:
        load(missing, environ={})
    assert str(refused.value).startswith(f"{missing}: expected a file, got none; create it")


def test_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a file, got a folder"):
        load(tmp_path, environ={})


def test_config_error_shows_one_problem_a_line(load_text: Load) -> None:
    with pytest.raises(ConfigError) as refused:
        load_text("a = 1\nb = 2")
    assert len(str(refused.value).splitlines()) == 2
