from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.errors import PayloadError
from native_runtime.queue.payload import Payloads

if TYPE_CHECKING:
    from fractions import Fraction


class Colour(Enum):
    RED = "red"


@dataclass
class Box:
    width: int
    tags: list[str]


@dataclass
class Lid:
    width: int


@dataclass
class Chest(Box):
    lock: str = "iron"


class Point(msgspec.Struct):
    x: float


VALUES: list[tuple[Any, Any]] = [
    (str, "ä\n"),
    (int, 2**70),
    (float, 1.5),
    (float, 2),
    (bool, True),
    (None, None),
    (bytes, b"\xff\x00"),
    (list[int], [1, 2]),
    (dict[str, int], {"a": 1}),
    (dict[int, str], {1: "a"}),
    (tuple[int, str], (1, "a")),
    (tuple[Path, ...], (Path("a"), Path("b"))),
    (Box, Box(1, ["x"])),
    (list[Box], [Box(1, [])]),
    (Point, Point(1.0)),
    (Colour, Colour.RED),
    (Path, Path("a b/ü.jpg")),
    (dict[Path, Box | None], {Path("x"): None}),
    (datetime, datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)),
    (uuid.UUID, uuid.UUID(int=5)),
    (Decimal, Decimal("1.10")),
    (int | str | None, "a"),
    (Path | None, None),
    (Path | str, "a"),
    (Path | str, Path("a")),
    (bytes | str, b"a"),
    (Box | Lid, Lid(1)),
    (datetime | str | None, None),
    (Any, {"a": [1, None, True, "x", 1.5]}),
]


def payloads(annotation: Any, returns: Any = None) -> Payloads:
    def work(value: Any) -> Any:
        return value

    work.__annotations__ = {"value": annotation, "return": returns}
    return Payloads("app.jobs.work", work)


def arrived(codec: Payloads, *args: object, **kwargs: object) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return codec.decode(codec.encode(args, kwargs))


@pytest.mark.parametrize(("annotation", "value"), VALUES)
def test_a_value_arrives_as_what_it_was(annotation: Any, value: Any) -> None:
    _, kwargs = arrived(payloads(annotation), value)
    assert kwargs["value"] == value
    assert type(kwargs["value"]) is type(value) or annotation is float


@pytest.mark.parametrize(("annotation", "value"), VALUES)
def test_a_result_arrives_as_what_it_was(annotation: Any, value: Any) -> None:
    codec = payloads(int, annotation)
    assert codec.decode_result(codec.encode_result(value)) == value


@pytest.mark.parametrize(
    ("annotation", "value", "problem"),
    [
        (int, "1", "expected int, got str"),
        (int, True, "expected int, got bool"),
        (int, 1.5, "expected int"),
        (str, 1, "expected str, got int"),
        (float, float("nan"), "expected float, got null"),
        (Path, "a.jpg", f"would come back as {type(Path()).__name__}"),
        (tuple[int, ...], [1], "would come back as"),
        (list[int], [1, "x"], "expected int, got str"),
        (Box, {"width": 1, "tags": []}, "would come back as"),
        (Box, Chest(1, []), "would come back as"),
        (Box, Box("wide", []), "expected int, got str"),  # type: ignore[arg-type]
        (Colour, "red", "would come back as"),
        (Any, Path("a"), "would come back as 'a'"),
        (Any, (1, 2), "would come back as"),
        (Any, {1: "a"}, "would come back as"),
        (Any, object(), "a object is not data"),
        (Any, lambda: 1, "a function is not data"),
        (str, "\udcff", "surrogates not allowed"),
        (Path | str, 5, "expected one of"),
    ],
)
def test_what_would_not_arrive_as_it_is_is_refused_with_the_arguments_name(
    annotation: Any, value: object, problem: str
) -> None:
    with pytest.raises(PayloadError) as caught:
        payloads(annotation).encode((value,), {})
    assert caught.value.argument == "argument 'value'"
    assert problem in str(caught.value)
    assert "job app.jobs.work" in str(caught.value)


def test_an_unannotated_parameter_takes_plain_data_only() -> None:
    def work(value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return value

    codec = Payloads("j", work)
    assert arrived(codec, {"a": [1]}) == ((), {"value": {"a": [1]}})
    with pytest.raises(PayloadError, match="value"):
        codec.encode((Path("a"),), {})


@pytest.mark.parametrize(
    ("args", "kwargs", "problem"),
    [
        ((), {}, "missing a required argument: 'a'"),
        ((1, 2, 3), {}, "too many positional"),
        ((1,), {"c": 3}, "unexpected keyword argument 'c'"),
    ],
)
def test_arguments_that_do_not_fit_the_signature_are_refused(
    args: tuple[object, ...], kwargs: dict[str, object], problem: str
) -> None:
    def work(a: int, b: int = 2) -> None: ...

    with pytest.raises(PayloadError, match=problem):
        Payloads("j", work).encode(args, kwargs)


def test_a_payload_error_is_a_type_error() -> None:
    assert issubclass(PayloadError, TypeError)


def test_all_kinds_of_parameters_are_called_as_they_were() -> None:
    def work(first: int, /, second: Path, *rest: Path, flag: bool = False, **named: Decimal) -> Any:
        return first, second, rest, flag, named

    codec = Payloads("j", work)
    args, kwargs = arrived(codec, 1, Path("a"), Path("b"), flag=True, x=Decimal(1))
    assert work(*args, **kwargs) == (1, Path("a"), (Path("b"),), True, {"x": Decimal(1)})


def test_defaults_are_not_stored() -> None:
    def work(a: int, b: int = 2) -> None: ...

    assert Payloads("j", work).encode((1,), {}) == b'{"args":{"a":1}}'


def test_a_payload_of_an_earlier_signature_is_refused_with_the_parameters_name() -> None:
    def before(a: int, b: int) -> None: ...
    def after(a: int) -> None: ...
    def stricter(a: str, b: int) -> None: ...

    payload = Payloads("j", before).encode((1, 2), {})
    with pytest.raises(PayloadError, match="argument 'b': the function takes no such parameter"):
        Payloads("j", after).decode(payload)
    with pytest.raises(PayloadError, match="argument 'a': expected str, got int"):
        Payloads("j", stricter).decode(payload)


def test_a_payload_that_is_none_is_refused() -> None:
    with pytest.raises(PayloadError, match="payload"):
        payloads(int).decode(b"not json")


def test_a_result_that_is_not_data_is_refused() -> None:
    with pytest.raises(PayloadError, match="result"):
        payloads(int, int).encode_result("x")


def test_nothing_is_stored_as_no_result() -> None:
    codec = payloads(int, int)
    assert codec.encode_result(None) is None
    assert codec.decode_result(None) is None


def test_an_annotation_that_exists_for_the_type_checker_only_is_explained() -> None:
    def work(value: Fraction) -> None: ...

    with pytest.raises(PayloadError, match="TYPE_CHECKING"):
        Payloads("j", work)


@pytest.mark.parametrize("annotation", [Callable[[], int], list[Path | str], type])
def test_an_annotation_that_cannot_be_stored_names_its_parameter(annotation: Any) -> None:
    with pytest.raises(PayloadError, match=r"(parameter|argument) 'value'"):
        payloads(annotation).encode((int,), {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(value=JSON)
def test_all_plain_data_arrives_unchanged(value: object) -> None:
    assert arrived(payloads(Any), value) == ((), {"value": value})
