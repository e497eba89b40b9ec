"""The ids that a store gives to jobs for which nobody chose one: j and a number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from native_runtime.errors import OptionError

if TYPE_CHECKING:
    from native_runtime.queue.job import NewJob

_matches: Final = re.compile(r"j[1-9][0-9]{0,17}").fullmatch  # 18 digits fit into any engine's integer


def given_id(number: int | None) -> str:
    """The id of the job of this number."""
    return f"j{number}"


def number_in(job_id: str) -> int | None:
    """The number in an id that a store has given, or would give; None for a chosen one."""
    return int(job_id[1:]) if _matches(job_id) else None


def refuse_given(job: NewJob) -> None:
    """Keep such ids for the store, and others out of it that are no text.

    Raises:
        OptionError: The job was handed in with one.
    """
    if _matches(job.id):
        raise OptionError(job.name, "id", "an id other than j and a number, as the store names jobs", job.id)
    if not is_storable(job.id):
        raise OptionError(job.name, "id", "text without lone surrogates", job.id)


def is_storable(text: str) -> bool:
    """False if it holds lone surrogates, as odd file names and arguments do: nothing that is stored contains them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
