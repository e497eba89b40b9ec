"""An app whose children have stubborn grandchildren; prints every pid, then waits to be killed."""

import sys
import tempfile
import threading
from pathlib import Path

from native_runtime.clock import SystemClock
from native_runtime.events import EventBus
from native_runtime.processes.commands import Commands
from native_runtime.processes.events import MessageReceived
from native_runtime.processes.launcher import Launcher, owner_of
from native_runtime.processes.spec import ChildSpec
from native_runtime.processes.supervisor import Supervisor
from native_runtime.processes.system import system_spawner

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
bus = EventBus(clock=SystemClock())
launcher = Launcher(
    spawner=system_spawner(),
    commands=Commands(),
    run_folder=folder / "run",
    log_folder=folder / "logs",
    crash_folder=folder / "crashes",
    inherited={},
    owner=owner_of(folder),
)
supervisor = Supervisor(clock=SystemClock(), bus=bus, launcher=launcher)
bus.on(MessageReceived, lambda event: print(*event.lines, flush=True))
supervisor.begin()
program = str(Path(__file__).parent / "has_runaways.py")
for number in range(2):
    supervisor.start(
        ChildSpec(
            name=f"c{number}", command=(sys.executable, "-S", program), persistent=True, stop_timeout=0.1
        )
    )
threading.Event().wait()
