"""What is told when a chain of events and jobs that feeds itself was cut."""

from __future__ import annotations

from dataclasses import dataclass

from native_runtime.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackLoopRefused(Event):
    """A chain that feeds itself was cut. Told once per circle.

    Attributes:
        refused: The step that was not taken.
        depth: Which step of its chain that would have been.
        circle: The steps that repeat.
        error: The message of the `FeedbackLoopError`.
    """

    refused: str
    depth: int
    circle: tuple[str, ...]
    error: str
