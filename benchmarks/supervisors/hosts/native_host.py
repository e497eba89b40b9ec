"""A program that embeds native-runtime as an app does, and starts its children by the public interface."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from native_runtime import ChildProcess, RestartPolicy, Runtime
from native_runtime.workers.config import Config, RuntimeConfig

EAGER = RestartPolicy(delay=0.0, max_delay=0.0, max_restarts=10**9)


def main(order: dict[str, Any]) -> None:
    """Serve requests from stdin: `up`, `stop NAME`."""
    config = Config(runtime=RuntimeConfig(app="benchmark"))
    with Runtime(config, data_dir=Path(order["data"]), gateway=False):
        print("ready", flush=True)
        for line in sys.stdin:
            request, _, name = line.strip().partition(" ")
            if request == "up":
                _start_all(order)
            else:
                ChildProcess.stop(name)
            print("done", flush=True)


def _start_all(order: dict[str, Any]) -> None:
    for name in order["names"]:
        ChildProcess.start(
            order["command"],
            name,
            persistent=True,
            restart=EAGER if order["eager"] else None,
            stop_timeout=order["grace"],
        )


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
