"""When two jobs of one id are one job: the same call of the same function, however it is to be run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.errors import ConflictError
from native_runtime.queue.sameness import is_same_call

if TYPE_CHECKING:
    from native_runtime.queue.job import NewJob


def refuse_conflict(given: NewJob, *, name: str, payload: bytes) -> None:
    """Hold a job to be the one that is stored under its id.

    Args:
        given: Handed in now.
        name: Of the stored job.
        payload: Of the stored job.

    Raises:
        ConflictError: It is another one.
    """
    if given.name != name:
        raise ConflictError(given.id, "name")
    if not is_same_call(given.payload, payload):
        raise ConflictError(given.id, "payload")
