"""Whatever the annotation, however nested: a value arrives as what it was, or is refused before it is stored."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path, PurePosixPath
from typing import Any, Literal, Union

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from native_runtime.errors import PayloadError
from native_runtime.queue.payload import Payloads


class Colour(Enum):
    RED = "red"
    GREEN = "grün"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


@dataclass
class Frame:
    width: int
    colour: Colour
    path: Path | None = None


class Mark(msgspec.Struct):
    at: datetime
    tags: list[str] = []


Kind = tuple[Any, st.SearchStrategy[Any]]  # an annotation, and values of it

text = st.text(st.characters(exclude_categories=["Cs"]))
paths = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0")), max_size=3).map(
    lambda parts: Path(*parts)
)
EARLIEST, LATEST = datetime(2, 1, 1), datetime(9998, 1, 1)  # noqa: DTZ001 - a zone is added, and must not lead out of the calendar
zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.one_of(
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.datetimes(EARLIEST, LATEST, timezones=zones),
)
decimals = st.decimals(allow_nan=False, allow_infinity=False)

LEAVES: list[Kind] = [
    (str, text),
    (int, st.integers()),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (bool, st.booleans()),
    (None, st.none()),
    (bytes, st.binary()),
    (Path, paths),
    (datetime, moments),
    (date, st.dates()),
    (uuid.UUID, st.uuids()),
    (Decimal, decimals),
    (Colour, st.sampled_from(Colour)),
    (Size, st.sampled_from(Size)),
    (Literal["a", "b", 3], st.sampled_from(["a", "b", 3])),
    (Frame, st.builds(Frame, st.integers(), st.sampled_from(Colour), st.none() | paths)),
    (Mark, st.builds(Mark, moments, st.lists(text, max_size=2))),
]
KEYS: list[Kind] = [
    each for each in LEAVES if each[0] in (str, int, Path, uuid.UUID, Colour, Size, Decimal, datetime)
]
leaves = st.sampled_from(LEAVES)

# To explain a failure, Hypothesis runs the test again and again under a tracer: not here, where values are nested.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]


# Types are made at run time here, of which a type checker knows nothing.
LIST: Any = list
TUPLE: Any = tuple
DICT: Any = dict
UNION: Any = Union


def _containers(kinds: st.SearchStrategy[Kind]) -> st.SearchStrategy[Kind]:
    return st.one_of(
        kinds.map(lambda kind: (LIST[kind[0]], st.lists(kind[1], max_size=3))),
        kinds.map(lambda kind: (TUPLE[kind[0], ...], st.lists(kind[1], max_size=3).map(tuple))),
        st.tuples(kinds, kinds).map(
            lambda two: (TUPLE[two[0][0], two[1][0]], st.tuples(two[0][1], two[1][1]))
        ),
        st.tuples(st.sampled_from(KEYS), kinds).map(
            lambda two: (DICT[two[0][0], two[1][0]], st.dictionaries(two[0][1], two[1][1], max_size=3))
        ),
        kinds.map(lambda kind: (UNION[kind[0], None], st.none() | kind[1])),
    )


kinds = st.recursive(leaves, _containers, max_leaves=4)
choices = st.lists(leaves, min_size=2, max_size=3).map(
    lambda several: (UNION[tuple(kind[0] for kind in several)], st.one_of(*(kind[1] for kind in several)))
)


def codec_of(annotation: Any) -> Payloads:
    def work(value: Any) -> Any:
        return value

    work.__annotations__ = {"value": annotation, "return": annotation}
    return Payloads("app.jobs.work", work)


def assert_stored_unchanged_or_refused(codec: Payloads, value: object) -> None:
    refused = ""
    try:
        payload = codec.encode((value,), {})
    except PayloadError as error:
        refused = error.argument
    if refused:
        assert refused == "argument 'value'"
    else:
        assert codec.decode(payload)[1]["value"] == value


def is_same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all the way down; a float may have been a whole number."""
    if one != other or (type(one) is not type(other) and {type(one), type(other)} != {int, float}):
        return False
    if isinstance(one, dict):
        return all(is_same(*two) for two in zip(one.items(), other.items(), strict=True))
    if isinstance(one, list | tuple):
        return all(is_same(*two) for two in zip(one, other, strict=True))
    return True


@settings(deadline=None, max_examples=150, phases=PHASES)
@given(kind=kinds, data=st.data())
def test_value_of_any_supported_type_arrives_as_what_it_was(kind: Kind, data: st.DataObject) -> None:
    annotation, values = kind
    value = data.draw(values)
    codec = codec_of(annotation)
    _, arrived = codec.decode(codec.encode((value,), {}))
    assert is_same(arrived["value"], value)
    result = codec.decode_result(codec.encode_result(value))
    assert is_same(result, value)


@settings(deadline=None, max_examples=150, phases=PHASES)
@given(kind=choices, data=st.data())
def test_value_of_a_union_arrives_as_what_it_was_or_is_refused(kind: Kind, data: st.DataObject) -> None:
    annotation, values = kind
    value = data.draw(values)
    try:
        codec = codec_of(annotation)
        payload = codec.encode((value,), {})
    except PayloadError:
        return  # two members that nothing can tell apart in JSON
    _, arrived = codec.decode(payload)
    assert is_same(arrived["value"], value)


@settings(deadline=None, phases=PHASES)
@given(kind=kinds, other=kinds, data=st.data())
def test_value_of_another_type_arrives_equal_or_is_refused(
    kind: Kind, other: Kind, data: st.DataObject
) -> None:
    value = data.draw(other[1])
    codec = codec_of(kind[0])
    assert_stored_unchanged_or_refused(codec, value)


@settings(deadline=None, phases=PHASES)
@given(kind=kinds, payload=st.binary() | text.map(lambda words: f'{{"args":{{"value":"{words}"}}}}'.encode()))
def test_whatever_lies_in_the_store_is_read_or_refused(kind: Kind, payload: bytes) -> None:
    codec = codec_of(kind[0])
    for read in (codec.decode, codec.decode_result):
        with suppress(PayloadError):
            read(payload)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        pytest.param(int, 10**5000, id="more digits than Python prints"),
        (float, float("inf")),
        (Decimal, Decimal("NaN")),
        (Decimal, Decimal("sNaN")),
        (list[Decimal], [Decimal("sNaN")]),
        (Path, Path("\udcff.jpg")),
        (Path, PurePosixPath("a\udcff")),
        (str, "a\ud800"),
        (dict[str, int], {"\ud800": 1}),
        (datetime, datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1, seconds=7)))),
        (dict[int, str], {True: "a"}),
        (Any, float("nan")),
    ],
)
def test_value_at_the_edge_arrives_as_what_it_was_or_is_refused(annotation: Any, value: object) -> None:
    codec = codec_of(annotation)
    assert_stored_unchanged_or_refused(codec, value)


def test_value_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(PayloadError, match="value"):
        codec_of(list[Any]).encode((endless,), {})


def test_value_too_deep_for_the_encoder_is_refused() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(PayloadError, match="value"):
        codec_of(Any).encode((deep,), {})
