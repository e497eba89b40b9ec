"""Speaks to a supervisord over its socket, so that no command's start-up is measured; runs in the peers' Python."""

import importlib
import sys
import xmlrpc.client


def main(socket: str) -> None:
    """Serve requests from stdin: `up`, `stop NAME`."""
    transport = importlib.import_module("supervisor.xmlrpc").SupervisorTransport(
        None, None, f"unix://{socket}"
    )
    supervisor = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor
    supervisor.getState()
    print("ready", flush=True)
    for line in sys.stdin:
        request, _, name = line.strip().partition(" ")
        if request == "up":
            supervisor.startAllProcesses(False)  # noqa: FBT003 - do not wait for `startsecs`
        else:
            supervisor.stopProcess(name)
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
