"""Obeys its stdin: `exit 3` ends it with that code, `hoard` makes it eat memory, `leave` is announced as planned."""

import json
import os
import sys
import time

control = int(os.environ.get("NATIVE_RUNTIME_CONTROL", "-1,-1").split(",")[1])


def tell(**message: str) -> None:
    if control >= 0:
        os.write(control, json.dumps(message).encode() + b"\n")


tell(ev="ready")
print("ready", flush=True)
for line in sys.stdin:
    match line.split():
        case ["exit", code]:
            sys.exit(int(code))
        case ["leave"]:
            tell(ev="leaving", reason="max_jobs")
            sys.exit(0)
        case ["hoard"]:
            hoard = b"x" * (256 * 1024 * 1024)
            time.sleep(3600)
