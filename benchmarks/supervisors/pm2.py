"""PM2, the npm package `pm2`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.comparison.line_client import LineClient
from benchmarks.supervisors.peer import GRACE, MANY, ROOT, find

if TYPE_CHECKING:
    from benchmarks.supervisors.peer import Setup

CLIENT: Final = Path(__file__).parent / "clients" / "pm2_client.js"
MODULES: Final = ROOT / ".dev" / "pm2" / "node_modules"


class Pm2:
    """Fastest: as it comes, with no limit on restarts."""

    name = "pm2"
    in_app = False

    def absent(self) -> str | None:
        """Missing where nobody installed it, or without node."""
        if not find("node"):
            return "needs node"
        return None if (MODULES / "pm2").is_dir() else "not installed: npm install --prefix .dev/pm2 pm2"

    def open(self, setup: Setup) -> Pm2Session:
        """Start the daemon."""
        return Pm2Session(setup)


class Pm2Session:
    """The daemon, and a client that speaks to it."""

    def __init__(self, setup: Setup) -> None:
        self.logs = setup.folder / "logs"
        self.logs.mkdir(exist_ok=True)
        home = setup.folder / "pm2"
        env = {**setup.env, "PM2_HOME": str(home), "NODE_PATH": str(MODULES)}
        apps = json.dumps([_app(setup, name, self.logs) for name in setup.names])
        self._client = LineClient(
            [find("node") or "", str(CLIENT), apps], env=env, errors=setup.folder / "errors"
        )
        self.pid = int((home / "pm2.pid").read_text("ascii"))

    def up(self) -> None:
        """Ask for all children."""
        self._client.ask("up")

    def stop(self, name: str) -> None:
        """Ask for one to be stopped."""
        self._client.ask(f"stop {name}")

    def close(self) -> None:
        """Reap the client; the daemon is nobody's child."""
        self._client.close()


def _app(setup: Setup, name: str, logs: Path) -> dict[str, object]:
    return {
        "name": name,
        "script": str(setup.program),
        "args": [str(setup.fifo)],
        "interpreter": "none",
        "kill_timeout": int(GRACE * 1000),
        "out_file": f"{logs}/{name}",
        "error_file": f"{logs}/{name}.err",
        "pmx": False,
        "vizion": False,
        **({"max_restarts": MANY} if setup.eager else {}),
    }
