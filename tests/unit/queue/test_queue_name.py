"""What no queue can be called is refused in words wherever a queue is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from native_runtime import OptionError
from native_runtime.cli.main import main
from native_runtime.errors import ConfigError
from native_runtime.queue.options import UsageError, parse
from native_runtime.workers.loader import load
from tests.support.jobs import add

IMPOSSIBLE = ("\ud800", "a\0b", "x" * 100_000, ".", "..", "a/b", "a b", "bücher", "a\nb")
EXPECTED = "a name of 1 to 128 letters, digits, '_', '.' and '-', but not '.' or '..', got "
SHORT = 500  # characters


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_dispatch_refuses_it(name: str) -> None:
    with pytest.raises(OptionError) as refused:
        add.options(queue=name)
    assert f"queue: expected {EXPECTED}" in str(refused.value)
    assert len(str(refused.value)) < SHORT


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_worker_refuses_it(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(["--queue", f"default,{name} ,images"])
    assert f"--queue: expected names, comma-separated, each {EXPECTED}" in str(refused.value)
    assert len(str(refused.value)) < SHORT


@pytest.mark.parametrize("name", ["x" * 100_000, ".", "..", "a/b", "a\\u0000b"])
def test_workers_toml_refuses_it(tmp_path: Path, name: str) -> None:
    file = tmp_path / "workers.toml"
    file.write_text(f'[workers.default]\nqueues = ["{name}"]\n')
    with pytest.raises(ConfigError) as refused:
        load(file, environ={})
    assert f"workers.toml:2:11: workers.default.queues[0]: expected {EXPECTED}" in str(refused.value)
    assert len(str(refused.value)) < SHORT


@pytest.mark.parametrize("name", IMPOSSIBLE)
@pytest.mark.parametrize("command", ["queue:pause", "queue:resume", "queue:clear", "queue:jobs --queue"])
def test_commands_refuse_it(capsys: pytest.CaptureFixture[str], command: str, name: str) -> None:
    assert main([*command.split(), name]) == 2
    complaint = capsys.readouterr().err
    assert EXPECTED in complaint
    assert complaint.count("\n") == 1
    assert len(complaint) < SHORT


@pytest.mark.parametrize("name", ["default", "a", "x" * 128, "_", "...", "v1.2-beta_3", "-"])
def test_any_other_name_will_do(name: str) -> None:
    assert add.options(queue=name).declared.queue == name
    assert parse([f"--queue={name}"]).queues == (name,)
