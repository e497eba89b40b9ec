"""What the API shows of a child's output: its description is made of these."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta


class LineDocument(TypedDict):
    """One line."""

    stream: Literal["stdout", "stderr"]
    text: str


class LogDocument(TypedDict):
    """The latest lines of a child."""

    name: str
    seq: Annotated[int, Meta(description="The event up to which they were told: listen on behind it.")]
    lines: Annotated[list[LineDocument], Meta(description="Oldest first.")]
