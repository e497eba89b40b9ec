"""Random edits of workers.toml under load: no job is lost or run twice, and what is not changed is not touched."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from itertools import count
from textwrap import dedent
from typing import TYPE_CHECKING

from native_runtime import ChildProcess, Runtime
from native_runtime.processes.events import ProcessExited, ProcessReplaced
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.state import JobState
from native_runtime.workers.events import ConfigRejected, ConfigReloaded
from native_runtime.workers.loader import load
from native_runtime.workers.wishes import Wishes
from tests.support import jobs
from tests.support.processes import wait_until
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EDITS = int(os.environ.get("RANDOM_EDITS", "15"))
SEED = int(os.environ.get("RANDOM_EDITS_SEED", "0")) or random.randrange(1, 1_000_000)
NAMES = ("a", "b", "c")
BASE = """
    [runtime]
    jobs = ["tests.support.jobs"]
    data_dir = "data"

    [workers.steady]
    queues = ["steady"]
    sleep = 0.1
"""


class Editor:
    """Edits a file in all the ways that people and their editors do."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.dice = random.Random(SEED)
        self.saves = 0
        self._numbers = count(1)

    def edit(self) -> None:
        """One random edit."""
        way = self.dice.choice([self.save, self.rename_over, self.write_in_halves, self.break_it, self.touch])
        way()
        time.sleep(self.dice.choice([0.0, 0.1, 0.3, 0.6]))

    def finish(self) -> None:
        """Put a valid file there that serves all queues, after whatever was there."""
        self._write(self.valid(everybody=True))

    def valid(self, *, everybody: bool = False) -> str:
        """Some workers with random settings; `steady` is always the same."""
        sections = [dedent(BASE), f"# edit {next(self._numbers)}\n"]
        for name in NAMES:
            if everybody or self.dice.random() < 0.8:
                queues, tries, processes = f'["{name}"]', self.dice.randint(2, 3), self.dice.randint(1, 2)
                sections.append(
                    f"[workers.{name}]\nqueues = {queues}\ntries = {tries}\nprocesses = {processes}\nsleep = 0.1\n"
                )
        return "\n".join(sections)

    def save(self) -> None:
        self._write(self.valid())

    def rename_over(self) -> None:
        draft = self.file.with_suffix(".draft")
        draft.write_text(self.valid())
        self.saves += 1
        draft.replace(self.file)

    def write_in_halves(self) -> None:
        text = self.valid()
        half = self.dice.randrange(
            text.index("# edit"), len(text)
        )  # a shorter one would say: no `steady` any more
        self.saves += 2
        with self.file.open("w") as file:
            file.write(text[:half])
            file.flush()
            time.sleep(self.dice.choice([0.0, 0.1, 0.4]))
            file.write(text[half:])

    def break_it(self) -> None:
        broken = ["[workers.a\n", "[workers.a]\ntrys = 1\n", "\xff", "[workers.a]\nprocesses = 0\n"]
        self._write(f"# edit {next(self._numbers)}\n{self.dice.choice(broken)}")
        if self.dice.random() < 0.3:
            self.file.unlink()

    def touch(self) -> None:
        if self.file.exists():
            os.utime(self.file)

    def _write(self, text: str) -> None:
        self.saves += 1
        self.file.write_text(text, encoding="latin-1")


class Load:
    """Dispatches jobs to all workers until it is stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: list[str] = []
        self._dice = random.Random(SEED)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        for number in count():
            queue = self._dice.choice([*NAMES, "steady"])
            name = f"{queue}{number}"
            job = jobs.note_slowly.options(queue=queue, tries=1)
            job.dispatch(self.folder, name, self._dice.choice([0.0, 0.02, 0.1, 1.0]))
            self.names.append(name)
            if self._end.wait(0.02 if len(self.names) % 20 else 0.5):
                return


def test_no_edit_loses_or_repeats_a_job_or_touches_a_worker_that_it_does_not_change(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    print(f"RANDOM_EDITS_SEED={SEED}")
    began = time.monotonic()
    runtime = make_runtime(BASE)
    runtime.start()
    heard = Recorder(runtime.bus)
    steady = ChildProcess.all()["steady:1"].pid
    notes = tmp_path / "notes"
    notes.mkdir()
    load_, editor = Load(notes), Editor(tmp_path / "workers.toml")
    try:
        for _ in range(EDITS):
            editor.edit()
    finally:
        load_.stop()
    editor.finish()
    last = load(editor.file, environ=os.environ)
    wait_until(lambda: runtime.config == last and runtime.workers.is_settled)
    wanted = Wishes(last, folders=runtime.folders, import_path=sys.path).all_specs()
    wait_until(lambda: set(ChildProcess.all()) == set(wanted))
    wait_until(lambda: _unfinished(runtime) == 0)

    commands = {name: child.snapshot.command for name, child in ChildProcess.all().items()}
    assert commands == {name: spec.command for name, spec in wanted.items()}
    assert {word for word, _ in runtime.workers.preview(last)} == {"keep"}
    runs = {name: (notes / name).read_text() for name in load_.names}
    assert {name: text for name, text in runs.items() if text != "ran\n"} == {}
    assert ChildProcess.all()["steady:1"].pid == steady
    assert not heard.all(ProcessExited, name="steady:1")
    assert len(heard.all(ConfigReloaded)) <= editor.saves + 1
    for reloaded in heard.all(ConfigReloaded):
        assert "steady:1" in reloaded.kept
    print(
        f"{EDITS} edits: {len(heard.all(ConfigReloaded))} reloads, {len(heard.all(ConfigRejected))} rejected, "
        f"{len(heard.all(ProcessReplaced))} processes replaced, {len(load_.names)} jobs, "
        f"{time.monotonic() - began:.1f} s"
    )


def _unfinished(runtime: Runtime) -> int:
    waiting = (JobState.READY, JobState.DELAYED, JobState.RUNNING)
    return runtime.queue.driver.count(JobFilter(states=waiting))
