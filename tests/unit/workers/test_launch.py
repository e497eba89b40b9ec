"""Sections of workers.toml become specs that a supervisor can start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from native_runtime.processes.restart import RestartPolicy
from native_runtime.processes.spec import ChildSpec
from native_runtime.queue.options import WorkOptions, parse
from native_runtime.workers.config import Config, ProcessConfig, RuntimeConfig, WorkerConfig
from native_runtime.workers.folders import Folders
from native_runtime.workers.launch import Launch, options_of

ROOT = Path(os.path.abspath(os.sep))  # noqa: PTH100 - the drive of this machine
MIB = 1024 * 1024


@pytest.fixture
def launch() -> Launch:
    config = Config(runtime=RuntimeConfig(jobs=("app.jobs", "more")), path=ROOT / "project" / "workers.toml")
    return Launch(config=config, folders=Folders(ROOT / "data"), import_path=["", str(ROOT / "lib")])


def test_worker_is_told_everything_its_section_says(launch: Launch) -> None:
    worker = WorkerConfig(
        name="mail",
        queues=("mail", "default"),
        memory=64,
        memory_kill=256,
        timeout=0.5,
        sleep=1.0,
        rest=0.25,
        backoff=(1.0, 2.5, 100000000.0),
        tries=5,
        max_jobs=10,
        max_time=3600.0,
        on_start="app.jobs:warm_up",
    )
    spec = launch.worker(worker, 2)
    assert spec.command[:2] == ("queue:work", "--name=mail:2")
    assert parse(spec.command[1:]) == WorkOptions(
        name="mail:2",
        queues=("mail", "default"),
        memory=64,
        timeout=0.5,
        sleep=1.0,
        rest=0.25,
        backoff=(1.0, 2.5, 100000000.0),
        tries=5,
        max_jobs=10,
        max_time=3600.0,
        on_start="app.jobs:warm_up",
    )


def test_worker_is_a_persistent_controlled_child_with_a_hard_limit(launch: Launch) -> None:
    policy = RestartPolicy(max_restarts=2)
    worker = WorkerConfig(name="mail", memory_kill=300, nice=5, stop_timeout=2.0, restart=policy)
    spec = launch.worker(worker, 1)
    assert spec.name == "mail:1"
    assert spec.worker == "mail"
    assert spec.persistent
    assert spec.control
    assert spec.memory.hard == 300 * MIB
    assert spec.nice == 5
    assert spec.stop_timeout == 2.0
    assert spec.policy == policy


def test_worker_finds_store_config_and_the_apps_modules(launch: Launch) -> None:
    env = launch.worker(WorkerConfig(name="mail", env={"MODE": "fast"}), 1).env
    assert env == {
        "MODE": "fast",
        "NATIVE_RUNTIME_DATA_DIR": str(ROOT / "data"),
        "NATIVE_RUNTIME_CONFIG": str(ROOT / "project" / "workers.toml"),
        "NATIVE_RUNTIME_JOBS": "app.jobs,more",
        "NATIVE_RUNTIME_DURABILITY": "app",
        "NATIVE_RUNTIME_PATH": os.pathsep.join([str(Path.cwd()), str(ROOT / "lib"), str(ROOT / "project")]),
    }


def test_worker_that_an_app_starts_itself_is_completed_likewise(launch: Launch) -> None:
    own = ChildSpec(name="worker-1", command=("queue:work", "--queue", "a,b"), env={"X": "1"})
    spec = launch.complete(own)
    assert spec.control
    assert spec.env["X"] == "1"
    assert spec.env["NATIVE_RUNTIME_DATA_DIR"] == str(ROOT / "data")
    assert launch.complete(spec) == spec
    assert options_of(spec.command).queues == ("a", "b")


def test_flags_that_cannot_be_understood_leave_the_defaults() -> None:
    assert options_of(("queue:work", "--qeue=a")) == WorkOptions()


def test_process_keeps_its_command_and_speaks_no_control_protocol(launch: Launch) -> None:
    process = ProcessConfig(
        name="api", command=("python", "-m", "api"), cwd=ROOT, env={"PORT": "1"}, memory_kill=100, nice=1
    )
    assert launch.process(process) == ChildSpec(
        name="api",
        command=("python", "-m", "api"),
        cwd=ROOT,
        env={"PORT": "1"},
        persistent=True,
        memory=launch.process(process).memory,
        nice=1,
    )
    assert launch.process(process).memory.hard == 100 * MIB
    assert launch.process(ProcessConfig(name="x", command=("x",))).memory.hard is None
