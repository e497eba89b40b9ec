"""A job of plain data that notes what its worker has imported by the time it begins."""

from __future__ import annotations

import os
import sys

from native_runtime import job


@job
def look_around(number: int, text: str) -> None:
    imported = " ".join(sorted(sys.modules))
    path = os.path.join(os.environ["TRACES"], f"{text}.{number}")  # noqa: PTH118 - pathlib would be seen
    with open(path, "w", encoding="utf-8") as trace:  # noqa: PTH123 - as above
        trace.write(f"{imported}\n")
