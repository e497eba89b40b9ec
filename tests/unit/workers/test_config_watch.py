from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.clock import SystemClock
from native_runtime.events import EventBus
from native_runtime.workers import file_watch
from native_runtime.workers.config_text import digest_of
from native_runtime.workers.config_watch import ConfigWatch
from native_runtime.workers.loader import load

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from native_runtime.workers.config import Config


def test_what_was_read_is_applied_even_if_an_editor_empties_the_file_in_the_next_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "workers.toml"
    file.write_text("[workers.a]\n")
    applied: list[Config] = []
    watch = ConfigWatch(
        file,
        config=load(file, environ={}),
        apply=lambda config, _digest, _origin: applied.append(config),
        bus=EventBus(clock=SystemClock()),
        clock=SystemClock(),
    )
    assert watch.look()
    assert applied == []  # it is the one that holds
    file.write_text("[workers.a]\n[workers.b]\n")

    def empty_it(content: bytes) -> str:
        file.write_text("")
        return digest_of(content)

    monkeypatch.setattr(file_watch, "digest_of", empty_it)
    assert watch.look()
    assert [sorted(config.workers) for config in applied] == [["a", "b"]]
