"""How long after the death of a child its replacement's first instruction is executed."""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.supervisors.trial import trial

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.comparison.results import Results
    from benchmarks.supervisors.peer import Peer
    from benchmarks.supervisors.trial import Trial

YOUNG: Final = (0.25, 0.65)  # seconds after its start at which a child is killed
OLDER: Final = (1.05, 1.25)


@dataclass(slots=True)
class Patient:
    """A child that is killed again and again."""

    running: Trial
    pid: int
    born: float

    def kill(self) -> float:
        """Kill it, and wait for its replacement; returns the milliseconds between."""
        killed = time.perf_counter()
        os.kill(self.pid, signal.SIGKILL)
        (self.pid,) = self.running.reports.next()
        self.born = time.perf_counter()
        return (self.born - killed) * 1000

    def grow(self, age: float) -> None:
        """Wait until it is `age` seconds old."""
        time.sleep(max(0.0, self.born + age - time.perf_counter()))


def measure_restarts(
    line: str,
    peers: Sequence[Peer],
    program: Path,
    results: Results,
    *,
    samples: int,
    ages: tuple[float, float],
) -> None:
    """Take turns: each supervisor's child is killed once, then the next one's, and round again."""
    with ExitStack() as stack:
        patients = {}
        for peer in peers:
            try:
                running = stack.enter_context(trial(peer, program))
                ((pid,),) = running.up()
                patients[peer.name] = Patient(running, pid, time.perf_counter())
            except (OSError, RuntimeError) as error:
                results.fail(line, peer.name, str(error))
        for _ in range(samples):
            for name, patient in list(patients.items()):
                try:
                    results.add(line, name, _sample(patient, ages))
                except OSError as error:
                    results.fail(line, name, str(error))
                    del patients[name]


def _sample(patient: Patient, ages: tuple[float, float]) -> float:
    if time.perf_counter() - patient.born > ages[1]:
        if ages == YOUNG:
            patient.kill()  # too old for this: only its replacement counts
        else:
            return patient.kill()
    patient.grow(random.uniform(*ages))
    return patient.kill()
