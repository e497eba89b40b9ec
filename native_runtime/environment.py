"""Names of the environment variables that a runtime sets for its children, and a user may set for it."""

from __future__ import annotations

# As type checkers know it: the guardian reads this file, and goes without typing's megabyte.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

PREFIX: Final = "NATIVE_RUNTIME_"
"""What every such name begins with; one with `__` in it overrides a key of workers.toml."""
CONFIG: Final = "NATIVE_RUNTIME_CONFIG"
"""Path of workers.toml."""
DATA_DIR: Final = "NATIVE_RUNTIME_DATA_DIR"
"""The data folder; overrides `[runtime] data_dir`."""
NAME: Final = "NATIVE_RUNTIME_NAME"
"""The child's own name."""
MARKER: Final = "NATIVE_RUNTIME_MARKER"
"""`<run id>:<child name>`: inherited by all descendants, so that those who changed session are found."""
CONTROL: Final = "NATIVE_RUNTIME_CONTROL"
"""`<read>,<write>`: descriptors (POSIX) or handles (Windows) of the control channel."""
JOBS: Final = "NATIVE_RUNTIME_JOBS"
"""Job modules, comma-separated; a worker imports them before it is ready."""
DURABILITY: Final = "NATIVE_RUNTIME_DURABILITY"
"""`app` or `power`: what a stored job outlives."""
PATH: Final = "NATIVE_RUNTIME_PATH"
"""Entries of the app's sys.path, joined by os.pathsep; a worker adds those it lacks."""
HEARTBEAT: Final = "NATIVE_RUNTIME_HEARTBEAT"
"""Path of the file a child must touch, where its health is a heartbeat."""
NAMES: Final = frozenset({CONFIG, DATA_DIR, NAME, MARKER, CONTROL, JOBS, DURABILITY, PATH, HEARTBEAT})
"""All of the above."""
