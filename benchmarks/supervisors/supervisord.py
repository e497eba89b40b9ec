"""supervisord, the Python package `supervisor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.supervisors.daemon import DaemonSession
from benchmarks.supervisors.peer import GRACE, MANY, find

if TYPE_CHECKING:
    from benchmarks.supervisors.peer import Setup

CLIENT: Final = Path(__file__).parent / "clients" / "supervisord_client.py"


class Supervisord:
    """Fastest: `startsecs=0`. It looks at its children once a second, whatever one sets."""

    name = "supervisord"
    in_app = False

    def absent(self) -> str | None:
        """Missing where nobody installed it."""
        return None if _command() else "not installed: pip install supervisor, in .dev/peers"

    def open(self, setup: Setup) -> DaemonSession:
        """Start supervisord."""
        command = Path(_command() or "")
        config, socket, logs = setup.folder / "conf", setup.folder / "door", setup.folder / "logs"
        logs.mkdir(exist_ok=True)
        config.write_text(_config(setup, socket, logs), "utf-8")
        return DaemonSession(
            daemon=[str(command), "--nodaemon", "-c", str(config)],
            client=[str(command.with_name("python")), str(CLIENT), str(socket)],
            door=socket,
            logs=logs,
            env=setup.env,
            errors=setup.folder / "errors",
        )


def _command() -> str | None:
    return find("supervisord", under=".dev/peers/bin")


def _config(setup: Setup, socket: Path, logs: Path) -> str:
    restarts = f"startsecs=0\nstartretries={MANY}\n" if setup.eager else ""
    programs = "".join(
        f"[program:{name}]\ncommand={setup.program} {setup.fifo}\nautostart=false\nautorestart=true\n{restarts}"
        f"stopasgroup=true\nkillasgroup=true\nstopwaitsecs={GRACE:.0f}\n"
        f"stdout_logfile={logs}/{name}\nstderr_logfile={logs}/{name}.err\n"
        for name in setup.names
    )
    return (
        f"[supervisord]\nlogfile={setup.folder}/supervisord.log\npidfile={setup.folder}/pid\nminfds=4096\n"
        f"[unix_http_server]\nfile={socket}\n"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n" + programs
    )
