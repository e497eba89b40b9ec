"""What stands behind the question mark of an address, read by the type that describes it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta
from starlette.exceptions import HTTPException

from native_runtime.errors import shorten
from native_runtime.queue.driver import JobFilter
from native_runtime.queue.state import JobState

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

LARGEST_PAGE: Final = 1000  # jobs, or batches
DEFAULT_PAGE: Final = 100
MOST_LINES: Final = 1000
DEFAULT_LINES: Final = 200
LARGEST_NUMBER: Final = 2**53 - 1  # the largest that every JSON reader gets right

Q = TypeVar("Q", bound=msgspec.Struct)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list."""

    limit: Annotated[int, Meta(ge=0, le=LARGEST_PAGE, description="Most to list.")] = DEFAULT_PAGE
    offset: Annotated[int, Meta(ge=0, le=LARGEST_NUMBER, description="How many to skip.")] = 0


class JobSearch(Page, frozen=True, kw_only=True):
    """Which jobs."""

    state: Annotated[tuple[JobState, ...], Meta(description="In one of these; several with commas.")] = ()
    # Any name: one that no queue can have now may stand in a store of old, whose jobs are to be found.
    queue: Annotated[str, Meta(description="Of this queue.")] = ""
    text: Annotated[str, Meta(description="Whose id, name or error contains it, in any case.")] = ""

    def filter(self) -> JobFilter:
        """The same, for the job store."""
        return JobFilter(
            states=self.state or None,
            queue=self.queue or None,
            text=self.text or None,
            limit=self.limit,
            offset=self.offset,
        )


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """Which events."""

    after: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="Resume behind this event; without it, what happens from now on comes."),
    ] = None
    only: Annotated[tuple[str, ...], Meta(description="Names of events; several with commas.")] = ()
    name: Annotated[str, Meta(description="Of this child alone.")] = ""
    brief: Annotated[
        Literal["0", "1"], Meta(description="1: of frequent events the latest of each sort is enough.")
    ] = "0"


class Tail(msgspec.Struct, frozen=True, kw_only=True):
    """How much of what a child wrote."""

    lines: Annotated[int, Meta(ge=0, le=MOST_LINES, description="Most lines to show.")] = DEFAULT_LINES


def read_query(query: QueryParams, kind: type[Q]) -> Q:
    """The parameters that `kind` knows; an empty one counts as not given.

    Raises:
        HTTPException: 400 for a value that means nothing, with what was expected.
    """
    known = parameters(kind)
    given = {
        name: [part for part in text.split(",") if part]
        if known.get(name, {}).get("type") == "array"
        else text
        for name, text in query.items()
        if text
    }
    for name, text in query.items():
        # msgspec takes more than digits for a number, as 1e3.
        if text and _is_number(known.get(name, {})) and not (text.isascii() and text.isdigit()):
            raise _meaningless(name, query, known[name])
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        name = str(error).partition("`$.")[2].rstrip("`").partition("[")[0]
        raise _meaningless(name, query, known[name]) from error


@cache
def parameters(kind: type[msgspec.Struct]) -> dict[str, dict[str, Any]]:
    """The JSON Schema of each parameter, by name."""
    _, named = msgspec.json.schema_components([kind], ref_template="{name}")
    found: dict[str, dict[str, Any]] = named[kind.__name__]["properties"]
    for schema in found.values():
        if (of_an_item := schema.get("items", {}).get("$ref")) is not None:
            schema["items"] = named[of_an_item]
    return found


def _is_number(schema: dict[str, Any]) -> bool:
    return any(each.get("type") == "integer" for each in schema.get("anyOf", [schema]))


def _meaningless(name: str, query: QueryParams, schema: dict[str, Any]) -> HTTPException:
    return HTTPException(400, f"{name}: expected {_expected(schema)}, got {shorten(query[name])}")


def _expected(schema: dict[str, Any]) -> str:
    """For people: what a value has to be."""
    match schema:
        case {"items": {"enum": choices}}:
            return f"some of {', '.join(choices)}"
        case {"enum": choices}:
            return f"one of {', '.join(choices)}"
        case {"maximum": largest}:
            return f"a whole number from 0 to {largest}"
    return "a whole number from 0 up"
