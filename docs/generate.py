"""Writes the pages of docs/ that are made from code: run by `python3 dev.py docs`, compared by the tests."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from native_runtime.processes import state as processes
from native_runtime.queue import state as queue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

State = TypeVar("State", bound=StrEnum)
Trigger = TypeVar("Trigger", bound=StrEnum)

STATES: Final = Path(__file__).with_name("states.md")

INTRODUCTION: Final = """\
# States

Generated from `native_runtime/processes/state.py` and `native_runtime/queue/state.py` by `python3 dev.py docs`;
edit those. A step that is not in its table is refused with `IllegalTransitionError`, and each step taken is one event.
"""

JOBS_NOTE: Final = """\
`fail` leads to the outcome that names the failure: `failed`, `oom`, `timeout`, `crashed` or `lost`. `success` and
`cancelled` are over too, and are not failures.
"""


def states_page() -> str:
    """The whole of docs/states.md."""
    return "\n".join(
        [
            INTRODUCTION,
            "## A child process\n",
            *diagram(processes.TRANSITIONS),
            "",
            *table(processes.TRANSITIONS),
            "",
            "## A job\n",
            *diagram(queue.TRANSITIONS),
            "",
            *table(queue.TRANSITIONS),
            "",
            JOBS_NOTE,
        ]
    )


def diagram(steps: Mapping[tuple[State, Trigger], State]) -> Iterator[str]:
    """A Mermaid drawing, one arrow per step."""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for (before, trigger), after in steps.items():
        yield f"    {before} --> {after}: {trigger}"
    yield "```"


def table(steps: Mapping[tuple[State, Trigger], State]) -> Iterator[str]:
    """The same as rows, for those who search."""
    yield "| state | what happens | next state |"
    yield "|---|---|---|"
    for (before, trigger), after in steps.items():
        yield f"| `{before}` | {trigger.replace('_', ' ')} | `{after}` |"


if __name__ == "__main__":
    STATES.write_text(states_page(), encoding="utf-8")
