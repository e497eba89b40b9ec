from __future__ import annotations

from itertools import product

import pytest

from native_runtime.errors import IllegalTransitionError
from native_runtime.processes.state import TRANSITIONS, ChildState, Trigger, next_state


@pytest.mark.parametrize(("state", "trigger"), list(product(ChildState, Trigger)))
def test_every_pair_is_in_the_table_or_refused_with_what_is_allowed(
    state: ChildState, trigger: Trigger
) -> None:
    if (state, trigger) in TRANSITIONS:
        assert next_state("a", state, trigger) is TRANSITIONS[state, trigger]
    else:
        with pytest.raises(IllegalTransitionError, match=f"'a'.*{trigger}.*{state}") as refused:
            next_state("a", state, trigger)
        allowed = [str(known) for at, known in TRANSITIONS if at is state]
        assert all(known in str(refused.value) for known in allowed)


@pytest.mark.parametrize("state", ChildState)
def test_every_state_can_be_reached_and_left(state: ChildState) -> None:
    assert state in TRANSITIONS.values()
    assert any(at is state for at, _ in TRANSITIONS)


@pytest.mark.parametrize("state", ChildState)
def test_stopped_can_be_reached_from_every_state(state: ChildState) -> None:
    reached = {state}
    while grown := {to for (at, _), to in TRANSITIONS.items() if at in reached} - reached:
        reached |= grown
    assert ChildState.STOPPED in reached
