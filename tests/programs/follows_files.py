"""Follows a file and a folder of source code, and tells what it sees; `ready`, how, and what it still holds at the end."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from native_runtime.clock import SystemClock
from native_runtime.workers.code_watch import CodeWatch
from native_runtime.workers.file_watch import FileWatch

if TYPE_CHECKING:
    from collections.abc import Sequence

folder = Path(sys.argv[1])


def tell_content(content: bytes) -> None:
    print("file", content.decode(), flush=True)


def tell_files(files: Sequence[Path]) -> None:
    print("code", *(file.name for file in files), flush=True)


def held() -> tuple[int, int]:
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


at_first = held()
file = FileWatch(folder / "workers.toml", known=b"first", changed=tell_content, clock=SystemClock())
code = CodeWatch(besides=folder / "data", changed=tell_files, clock=SystemClock())
file.start()
code.follow([folder / "src"])
print("ready", flush=True)
sys.stdin.readline()
file.stop()
code.stop()
print("holds nothing" if held() == at_first else f"holds {held()}, held {at_first}", flush=True)
