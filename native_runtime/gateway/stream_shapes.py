"""What the messages of the event stream hold: the API's description is made of these."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from native_runtime.gateway.job_shapes import Trail
from native_runtime.gateway.status_shapes import Seconds, Time


class HelloMessage(TypedDict):
    """The first message: what follows are the events after `seq`."""

    type: Literal["hello"]
    seq: int
    resumed: Annotated[bool, Meta(description="False where the client has to read everything again.")]


class DroppedMessage(TypedDict):
    """Output or progress was dropped, because the client was slow."""

    type: Literal["dropped"]
    count: int


class EventMessage(TypedDict):
    """An event: what all of them have. The fields of its own class are beside these."""

    type: Annotated[str, Meta(description="Its class, as `ProcessExited`.")]
    seq: int
    at: Time
    monotonic: Seconds
    cause: Trail
    origin: Annotated[str | None, Meta(description="Who asked for it.")]
