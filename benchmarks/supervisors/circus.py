"""circus, the Python package of that name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.supervisors.daemon import DaemonSession
from benchmarks.supervisors.peer import GRACE, find

if TYPE_CHECKING:
    from benchmarks.supervisors.peer import Setup

CLIENT: Final = Path(__file__).parent / "clients" / "circus_client.py"
FASTEST_CHECK: Final = (
    0.1  # seconds; by default it looks every 5. With 200 children this costs 8 % of a core.
)


class Circus:
    """Fastest: `check_delay = 0.1`. It has no signal handler for an ended child; it looks."""

    name = "circus"
    in_app = False

    def absent(self) -> str | None:
        """Missing where nobody installed it."""
        return None if _command() else "not installed: pip install circus, in .dev/peers"

    def open(self, setup: Setup) -> DaemonSession:
        """Start circusd."""
        command = Path(_command() or "")
        config, socket, logs = setup.folder / "circus.ini", setup.folder / "door", setup.folder / "logs"
        logs.mkdir(exist_ok=True)
        config.write_text(_config(setup, socket, logs), "utf-8")
        return DaemonSession(
            daemon=[str(command), str(config)],
            client=[str(command.with_name("python")), str(CLIENT), f"ipc://{socket}"],
            door=socket,
            logs=logs,
            env=setup.env,
            errors=setup.folder / "errors",
        )


def _command() -> str | None:
    return find("circusd", under=".dev/peers/bin")


def _config(setup: Setup, socket: Path, logs: Path) -> str:
    check = f"check_delay = {FASTEST_CHECK}\n" if setup.eager else ""
    watchers = "".join(
        f"[watcher:{name}]\ncmd = {setup.program} {setup.fifo}\nautostart = False\ncopy_env = True\n"
        f"stop_children = True\ngraceful_timeout = {GRACE:g}\n"
        + (
            f"stdout_stream.class = FileStream\nstdout_stream.filename = {logs}/{name}\n"
            "stdout_stream.max_bytes = 52428800\nstdout_stream.backup_count = 10\n"
            if setup.logged
            else ""
        )
        for name in setup.names
    )
    return (
        f"[circus]\nendpoint = ipc://{socket}\npubsub_endpoint = ipc://{setup.folder}/news\n"
        f"statsd = False\n{check}{watchers}"
    )
