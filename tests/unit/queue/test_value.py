from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

from native_runtime.queue.value import codec_for


class Size(IntEnum):
    SMALL = 1


def assert_same(back: object, value: object) -> None:
    assert (type(back), back) == (type(value), value)
    if isinstance(value, list):
        assert [type(each) for each in value] == [type(each) for each in back]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (str | Decimal | int, 0),
        (str | Decimal | int, Decimal(0)),
        (str | Decimal | int, "0"),
        (int | Size, Size.SMALL),
        (int | Size, 1),
        (list[int] | list[Size], [Size.SMALL, Size.SMALL]),
        (list[int] | list[Size], [1]),
        (float | int | Path | str, 1),
        (float | int | Path | str, 1.0),
        (float | Size, Size.SMALL),
        (Decimal | int, 1),
        (Decimal | int, Decimal(1)),
    ],
)
def test_equal_values_of_a_unions_members_come_back_as_the_one_that_was_given(
    annotation: Any, value: object
) -> None:
    codec = codec_for(annotation)
    assert_same(codec.decode(codec.encode(value)), value)


@pytest.mark.parametrize("annotation", [float | None, float | str, float | Path | str])
def test_whole_number_may_be_given_where_a_float_is_asked_for(annotation: Any) -> None:
    codec = codec_for(annotation)
    assert codec.decode(codec.encode(3)) == 3


@pytest.mark.parametrize(
    ("annotation", "value"),
    [
        (float | Size, 1),
        (list[float | Size], [1]),
        (dict[str, float | Size], {"a": 1}),
        (list[int] | list[Size], [1, Size.SMALL]),
        (str | Decimal, 0),
    ],
)
def test_value_that_would_come_back_as_another_member_is_refused(annotation: Any, value: object) -> None:
    with pytest.raises(TypeError, match=r"would come back as|expected one of"):
        codec_for(annotation).encode(value)


@pytest.mark.parametrize("value", [Decimal("sNaN"), Decimal("NaN"), [Decimal("sNaN")]])
@pytest.mark.parametrize("annotation", [Decimal, list[Decimal], str | Decimal | int])
def test_number_that_cannot_be_compared_is_refused(annotation: Any, value: object) -> None:
    with pytest.raises(TypeError):
        codec_for(annotation).encode(value)


def test_stored_data_too_deep_to_be_read_is_refused() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        codec_for(Any).decode(b"[" * 100_000 + b"]" * 100_000)


def _class_of(module: str) -> type:
    return dataclass(
        type("Point", (), {"__annotations__": {"x": int}, "__module__": module, "__qualname__": "Point"})
    )


def test_two_members_of_one_name_are_refused_with_where_they_are_from() -> None:
    here, there = _class_of("app.shapes"), _class_of("app.maps")
    with pytest.raises(TypeError, match=r"have the name Point \(of app.maps and app.shapes\).*rename one"):
        codec_for(here | there)
    assert codec_for(list[str] | list[Path] | None).encode(["a"]) == b'{"list[str]":["a"]}'
