"""The life of a child as data: its states, what can happen to it, and the table that joins them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from native_runtime.errors import IllegalTransitionError


class ChildState(StrEnum):
    """Where a child is in its life."""

    STARTING = "starting"
    """Spawned or about to be; not ready yet."""
    RUNNING = "running"
    """Ready (or alive, where nothing tells readiness)."""
    IDLE = "idle"
    """A worker that waits for jobs."""
    BUSY = "busy"
    """A worker that runs jobs."""
    STOPPING = "stopping"
    """Asked to leave; killed when the grace period is over."""
    STOPPED = "stopped"
    """Gone, and nobody wants it back."""
    BACKOFF = "backoff"
    """Gone; comes back when its pause is over."""
    CRASH_LOOPING = "crash_looping"
    """Spent its restart budget; tried again at the slowest pace."""
    FAILED = "failed"
    """Given up: could not be started, or spent its budget under `give_up`."""


class Trigger(StrEnum):
    """What can happen to a child."""

    SPAWN = "spawn"
    """Somebody wants it, or its pause is over."""
    READY = "ready"
    WENT_IDLE = "went_idle"
    WENT_BUSY = "went_busy"
    STOP = "stop"
    """Somebody wants it gone."""
    EXITED = "exited"
    """It is gone and stays so."""
    EXITED_RESTART = "exited_restart"
    """It is gone and comes back after a pause."""
    BUDGET_SPENT = "budget_spent"
    """It is gone too often; comes back at the slowest pace."""
    GAVE_UP = "gave_up"
    """It is gone or could not be started, and nothing more is tried."""


_ALIVE: Final = (ChildState.STARTING, ChildState.RUNNING, ChildState.IDLE, ChildState.BUSY)
_WAITING: Final = (ChildState.BACKOFF, ChildState.CRASH_LOOPING)
_ENDED: Final = (ChildState.STOPPED, ChildState.FAILED)

TRANSITIONS: Final[Mapping[tuple[ChildState, Trigger], ChildState]] = {
    (ChildState.STARTING, Trigger.READY): ChildState.RUNNING,
    (ChildState.RUNNING, Trigger.WENT_IDLE): ChildState.IDLE,
    (ChildState.RUNNING, Trigger.WENT_BUSY): ChildState.BUSY,
    (ChildState.IDLE, Trigger.WENT_BUSY): ChildState.BUSY,
    (ChildState.BUSY, Trigger.WENT_IDLE): ChildState.IDLE,
    **{(state, Trigger.STOP): ChildState.STOPPING for state in _ALIVE},
    **{(state, Trigger.STOP): ChildState.STOPPED for state in (*_WAITING, ChildState.FAILED)},
    **{(state, Trigger.EXITED): ChildState.STOPPED for state in (*_ALIVE, ChildState.STOPPING)},
    **{(state, Trigger.EXITED_RESTART): ChildState.BACKOFF for state in (*_ALIVE, ChildState.STOPPING)},
    **{(state, Trigger.BUDGET_SPENT): ChildState.CRASH_LOOPING for state in (*_ALIVE, ChildState.STOPPING)},
    **{(state, Trigger.GAVE_UP): ChildState.FAILED for state in (*_ALIVE, ChildState.STOPPING)},
    **{(state, Trigger.SPAWN): ChildState.STARTING for state in (*_WAITING, *_ENDED)},
}


def next_state(name: str, state: ChildState, trigger: Trigger) -> ChildState:
    """The state that follows, by the table and nothing else.

    Raises:
        IllegalTransitionError: The table has no such step.
    """
    try:
        return TRANSITIONS[state, trigger]
    except KeyError:
        allowed = [known.value for at, known in TRANSITIONS if at is state]
        raise IllegalTransitionError(f"child {name!r}", state, trigger, allowed) from None


def is_alive(state: ChildState) -> bool:
    """True while a process exists or is being created."""
    return state in _ALIVE or state is ChildState.STOPPING


def has_ended(state: ChildState) -> bool:
    """True once nothing will happen any more unless somebody asks."""
    return state in _ENDED
