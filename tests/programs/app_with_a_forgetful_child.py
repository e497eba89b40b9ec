"""An app whose child has thrown its environment away; prints its pid, then waits to be killed."""

import sys
import threading
from pathlib import Path

from native_runtime.clock import SystemClock
from native_runtime.events import EventBus
from native_runtime.processes.commands import Commands
from native_runtime.processes.launcher import Launcher, owner_of
from native_runtime.processes.spec import ChildSpec
from native_runtime.processes.supervisor import Supervisor
from native_runtime.processes.system import system_spawner

folder = Path(sys.argv[1])
launcher = Launcher(
    spawner=system_spawner(),
    commands=Commands(),
    run_folder=folder / "run",
    log_folder=folder / "logs",
    crash_folder=folder / "crashes",
    inherited={},
    owner=owner_of(folder),
)
supervisor = Supervisor(clock=SystemClock(), bus=EventBus(clock=SystemClock()), launcher=launcher)
supervisor.begin()
child = supervisor.start(ChildSpec(name="a", command=("/usr/bin/env", "-i", "/bin/sleep", "3600")))
print(child.pid, flush=True)
threading.Event().wait()
