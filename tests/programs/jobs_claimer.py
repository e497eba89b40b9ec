"""Claims and acknowledges until nothing is left, then prints the ids it had."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from native_runtime.queue.driver import Ack
from native_runtime.queue.drivers.sqlite import SqliteDriver

driver = SqliteDriver(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
settlements: list[Ack] = []
while True:
    _, claims = driver.exchange(settlements, ["default"], worker=str(os.getpid()), limit=1, now=1.0)
    if not claims:
        break
    settlements = [Ack(job_id=claim.id, token=claim.token) for claim in claims]
    print(claims[0].id, flush=True)
driver.close()
