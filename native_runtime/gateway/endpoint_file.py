"""The file by which programs of the same user find the running app: address and secret, for their eyes alone."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from native_runtime.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a gateway listens.

    Attributes:
        url: `http://127.0.0.1:PORT/`.
        token: The secret of this run, for `Authorization: Bearer …`.
        pid: Of the app.
        version: Of this library.
    """

    url: str
    token: str
    pid: int
    version: str


def write_endpoint(path: Path, endpoint: Endpoint) -> None:
    """Write the file in one step, readable by this user alone from its first byte on.

    Raises:
        StoreError: The folder does not take it, for instance because the disk is full; nothing is left there.
    """
    draft = path.with_name(f"{path.name}.{endpoint.pid}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)  # left by a run that was killed right here and had our pid
        _write(draft, endpoint)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise StoreError.unwritten(path, error) from error


def _write(draft: Path, endpoint: Endpoint) -> None:
    # On Windows the mode says nothing; there the user's profile folder keeps others out.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(endpoint), file)


def remove_endpoint(path: Path, endpoint: Endpoint) -> None:
    """Remove the file if it is still ours. Harmless twice."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return
    if isinstance(found, dict) and found.get("token") == endpoint.token:
        path.unlink(missing_ok=True)
