"""An app with workers on a workers.toml; says so once they are started, then waits for its end."""

import os
import sys

os.environ["CHAOS_APP"] = str(os.getpid())  # inherited by the workers, whose lines tell whose they are

from native_runtime import Runtime

with Runtime.from_config(sys.argv[1], gateway=False) as runtime:
    print("ready", flush=True)
    runtime.wait()
