"""A `JobFilter` as a condition on the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from native_runtime.queue.state import JobState

if TYPE_CHECKING:
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
    if which.ids is not None:
        terms.append(f"id IN ({', '.join('?' * len(which.ids))})")
        values += which.ids
    if which.states is not None:
        terms.append(_state_term(which.states))
    if which.queue is not None:
        terms.append("queue = ?")
        values.append(which.queue)
    if which.text is not None:
        terms.append("INSTR(LOWER(id || ' ' || name || ' ' || error), LOWER(?))")
        values.append(which.text)
    return " AND ".join(terms) or "TRUE", values


def _state_term(states: tuple[JobState, ...]) -> str:
    # Word for word as the partial indexes have it, so that they are used.
    names = sorted(f"'{state.value}'" for state in set(states))
    return f"state = {names[0]}" if len(names) == 1 else f"state IN ({', '.join(names)})"
