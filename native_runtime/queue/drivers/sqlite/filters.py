"""A `JobFilter` as a condition on the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from native_runtime.queue.drivers.given_id import is_storable, number_in
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from native_runtime.queue.driver import JobFilter

_OVER: Final = tuple(state for state in JobState if state.is_over)


def deletable(which: JobFilter) -> JobFilter:
    """The same jobs without those that run; without states, only those that are over."""
    states = _OVER if which.states is None else which.states
    return replace(which, states=tuple(state for state in states if state is not JobState.RUNNING))


def condition(which: JobFilter) -> tuple[str, list[object]]:
    """A WHERE clause (never empty) and the values it binds."""
    terms: list[str] = []
    values: list[object] = []
    if not all(map(is_storable, filter(None, (which.queue, which.text)))):
        return "FALSE", values
    if which.ids is not None:
        ids = list(filter(is_storable, which.ids))
        numbers = [number_in(job_id) for job_id in ids]
        terms.append(f"(seq IN ({_marks(numbers)}) AND id IS NULL OR id IN ({_marks(ids)}))")
        values += [*numbers, *ids]
    if which.states is not None:
        terms.append(f"state IN ({_marks(which.states)})")
        values += [state.value for state in which.states]
    if which.queue is not None:
        terms.append("queue = ?")
        values.append(which.queue)
    if which.text is not None:
        terms.append("INSTR(CASEFOLD(IFNULL(id, 'j' || seq) || ' ' || name || ' ' || error), ?)")
        values.append(which.text.casefold())
    return " AND ".join(terms) or "TRUE", values


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
