"""An app that starts, stops and restarts children with stubborn grandchildren until it is killed."""

import contextlib
import random
import sys
from pathlib import Path

from native_runtime.clock import SystemClock
from native_runtime.events import EventBus
from native_runtime.processes.commands import Commands
from native_runtime.processes.launcher import Launcher, owner_of
from native_runtime.processes.spec import ChildSpec
from native_runtime.processes.supervisor import Supervisor
from native_runtime.processes.system import system_spawner

# A child with a grandchild in a session of its own that ignores SIGTERM, and one in its own group.
TREE = "setsid sh -c 'trap \"\" TERM HUP; while :; do sleep 3600; done' & sleep 3600 & wait"

folder = Path(sys.argv[1])
dice = random.Random(int(sys.argv[2]))
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
print("ready", flush=True)
while True:
    name = f"c{dice.randrange(4)}"
    with contextlib.suppress(KeyError):
        action = dice.choice(["start", "start", "start", "stop", "restart"])
        if action == "start":
            command = ("/bin/sh", "-c", TREE)
            supervisor.start(ChildSpec(name=name, command=command, persistent=True, stop_timeout=0.05))
        elif action == "stop":
            supervisor.stop(name)
        else:
            supervisor.restart(name)
