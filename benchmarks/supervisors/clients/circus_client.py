"""Speaks to a circusd, so that no command's start-up is measured; runs in the peers' Python."""

import importlib
import sys


def main(endpoint: str) -> None:
    """Serve requests from stdin: `up`, `stop NAME`."""
    client = importlib.import_module("circus.client").CircusClient(endpoint=endpoint, timeout=30.0)
    client.send_message("numwatchers")
    print("ready", flush=True)
    for line in sys.stdin:
        request, _, name = line.strip().partition(" ")
        if request == "up":
            for watcher in client.send_message("list")["watchers"]:  # one by one: all at once skips these
                client.send_message("start", name=watcher, waiting=True)
        else:
            client.send_message("stop", name=name, waiting=True)
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
