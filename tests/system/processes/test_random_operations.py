"""Thousands of random operations on real children; at the end nothing is left and no rule was broken."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from native_runtime.clock import SystemClock
from native_runtime.errors import NotListeningError, NotRunningError
from native_runtime.events import Event, EventBus
from native_runtime.processes.commands import Commands
from native_runtime.processes.events import ProcessEvent, ProcessExited, ProcessSpawned
from native_runtime.processes.launcher import Launcher, owner_of
from native_runtime.processes.restart import RestartPolicy
from native_runtime.processes.spec import ChildSpec
from native_runtime.processes.state import has_ended, is_alive
from native_runtime.processes.supervisor import Supervisor
from native_runtime.processes.system import system_spawner
from tests.support.processes import wait_until, wait_until_gone

if sys.platform == "win32":
    pytest.skip("the children are shell scripts", allow_module_level=True)

OPERATIONS = int(os.environ.get("RANDOM_OPERATIONS", "2000"))
STEPS = 50  # operations on one supervisor

# Obeys what it reads: leave with a code, die of a signal, leave a grandchild in a session of its own.
OBEDIENT = """
while read word number; do
  case $word in
    exit) exit $number ;;
    crash) kill -$number $$ ;;
    fork) setsid sleep 3600 >/dev/null 2>&1 </dev/null & ;;
  esac
done
"""
NAMES = st.sampled_from(["a", "b", "c", "d"])
POLICY = RestartPolicy(delay=0.001, max_delay=0.02, max_restarts=5, period=0.2, healthy_after=0.01)


class _Alarm(logging.Handler):
    """Keeps what the event loop complains of: an illegal transition would end up there."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record.getMessage() + str(record.exc_info))


class Machine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.alarm = _Alarm()
        logging.getLogger("asyncio").addHandler(self.alarm)
        logging.getLogger("native_runtime").addHandler(self.alarm)
        self.threads = set(threading.enumerate())
        self.descriptors = _open_descriptors()
        folder = Path(tempfile.mkdtemp())
        self.bus = EventBus(clock=SystemClock())
        self.events: list[Event] = []
        self.bus.on(ProcessEvent, self.events.append)
        launcher = Launcher(
            spawner=system_spawner(),
            commands=Commands(),
            run_folder=folder / "run",
            log_folder=folder / "logs",
            crash_folder=folder / "crashes",
            inherited={},
            owner=owner_of(folder),
        )
        self.supervisor = Supervisor(clock=SystemClock(), bus=self.bus, launcher=launcher)

    @initialize()
    def begin(self) -> None:
        self.supervisor.begin()

    @rule(name=NAMES, persistent=st.booleans())
    def start(self, name: str, persistent: bool) -> None:  # noqa: FBT001
        with contextlib.suppress(ValueError):  # the name runs with the other persistence
            self.supervisor.start(
                ChildSpec(
                    name=name,
                    command=("/bin/sh", "-c", OBEDIENT),
                    persistent=persistent,
                    restart=POLICY,
                    stop_timeout=0.05,
                )
            )

    @rule(name=NAMES)
    def stop(self, name: str) -> None:
        with contextlib.suppress(KeyError):
            self.supervisor.stop(name)
            assert has_ended(self.supervisor.describe(name).state)

    @rule(name=NAMES)
    def restart(self, name: str) -> None:
        with contextlib.suppress(KeyError):
            self.supervisor.restart(name)

    @rule(
        name=NAMES, number=st.sampled_from([signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGSTOP])
    )
    def signal_from_outside(self, name: str, number: signal.Signals) -> None:
        child = self.supervisor.get(name)
        if child and child.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, number)

    @rule(
        name=NAMES,
        order=st.sampled_from(["exit 0", "exit 3", "exit 12", "crash 9", "crash 11", "fork 0", "nothing 0"]),
    )
    def tell(self, name: str, order: str) -> None:
        with contextlib.suppress(KeyError, NotListeningError, NotRunningError):
            self.supervisor.message(name, f"{order}\n")

    @rule(name=NAMES)
    def look(self, name: str) -> None:
        child = self.supervisor.get(name)
        if child is not None:
            assert (child.pid is not None) <= is_alive(child.state)
            self.supervisor.last_lines(name)

    @invariant()
    def nothing_broke(self) -> None:
        assert not self.alarm.records

    def teardown(self) -> None:
        self.supervisor.close()
        wait_until(lambda: self.bus.last_seq == (self.events[-1].seq if self.events else 0))
        self.bus.close()
        logging.getLogger("asyncio").removeHandler(self.alarm)
        logging.getLogger("native_runtime").removeHandler(self.alarm)
        assert not self.alarm.records
        spawned = [event.pid for event in self.events if isinstance(event, ProcessSpawned)]
        exited = [event.pid for event in self.events if isinstance(event, ProcessExited)]
        assert sorted(spawned) == sorted(exited)
        wait_until_gone(*spawned)
        assert not psutil.Process().children(recursive=True)
        assert set(threading.enumerate()) <= self.threads
        assert _open_descriptors() == self.descriptors


def _open_descriptors() -> int:
    return psutil.Process().num_fds()


@pytest.mark.slow
def test_random_operations_break_no_rule_and_leave_nothing() -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=max(1, OPERATIONS // STEPS),
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
