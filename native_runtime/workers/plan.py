"""What must be done so that the children that should run do. Pure: specs before and after in, steps out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from native_runtime.processes.spec import ChildSpec


@dataclass(frozen=True, slots=True)
class Start:
    """Start a child that is not there."""

    spec: ChildSpec


@dataclass(frozen=True, slots=True)
class Replace:
    """Put a child as `spec` says now in the place of the one of its name: a worker without a gap."""

    spec: ChildSpec


@dataclass(frozen=True, slots=True)
class Stop:
    """End a child that nobody wants any more."""

    name: str


Step = Start | Replace | Stop


def plan(old: Mapping[str, ChildSpec], new: Mapping[str, ChildSpec]) -> tuple[Step, ...]:
    """The steps from `old` to `new`, both by the children's names.

    Children with the same spec in both are not touched. What is wanted comes first, in its own order; what is
    not wanted any more goes last, so that there is no moment in which nobody works.
    """
    wanted = [
        Replace(spec) if name in old else Start(spec) for name, spec in new.items() if old.get(name) != spec
    ]
    return (*wanted, *(Stop(name) for name in old if name not in new))


def describe(old: Mapping[str, ChildSpec], new: Mapping[str, ChildSpec]) -> tuple[tuple[str, str], ...]:
    """A plan for people: `(keep | start | replace | drain, the child's name)`, all of `new`, then what goes."""
    words = {Start: "start", Replace: "replace"}
    planned = {step.spec.name: words[type(step)] for step in plan(old, new) if not isinstance(step, Stop)}
    return (
        *((planned.get(name, "keep"), name) for name in new),
        *(("drain", name) for name in old if name not in new),
    )
