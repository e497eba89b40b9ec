from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from native_runtime.queue.value import codec_for

ROOT = Path(__file__).parents[3]


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


class Shape(Enum):
    """Values of no one kind: stored by name."""

    SQUARE = (1, 1)
    DOT = None
    LINE = "line"
    ROW = "line"  # noqa: PIE796 - the same member under another name


class Ratio(Enum):
    HALF = 0.5
    THIRD = Decimal("0.333")


class Level(Enum):
    LOW = 1
    HIGH = 2


@pytest.mark.parametrize(
    ("annotation", "value", "data"),
    [
        (Shape, Shape.SQUARE, b'"SQUARE"'),
        (Shape, Shape.ROW, b'"LINE"'),
        (Ratio, Ratio.THIRD, b'"THIRD"'),
        (Shape | None, None, b"null"),
        (Shape | None, Shape.DOT, b'"DOT"'),
        (list[Shape], [Shape.DOT, Shape.LINE], b'["DOT","LINE"]'),
        (dict[Shape, list[Ratio]], {Shape.LINE: [Ratio.HALF]}, b'{"LINE":["HALF"]}'),
        (tuple[Shape, ...], (Shape.DOT,), b'["DOT"]'),
        (set[Shape], {Shape.SQUARE, Shape.DOT, Shape.LINE}, b'["DOT","LINE","SQUARE"]'),
        (Shape | str, "DOT", b'{"str":"DOT"}'),
        (Shape | str, Shape.DOT, b'{"Shape":"DOT"}'),
        (Shape | Ratio | None, Ratio.HALF, b'{"Ratio":"HALF"}'),
        (list[Level | None], [Level.HIGH, None], b"[2,null]"),
        (dict[str, tuple[Shape, Level]], {"a": (Shape.LINE, Level.LOW)}, b'{"a":["LINE",1]}'),
    ],
)
def test_enum_is_stored_by_value_if_that_is_text_or_a_number_and_by_name_otherwise(
    annotation: Any, value: object, data: bytes
) -> None:
    codec = codec_for(annotation)
    assert codec.encode(value) == data
    assert_same(codec.decode(data), value)


@pytest.mark.parametrize(
    ("annotation", "value"), [(Shape, "DOT"), (Shape, (1, 1)), (Shape, Ratio.HALF), (list[Shape], [None])]
)
def test_what_is_no_member_is_refused(annotation: Any, value: object) -> None:
    with pytest.raises(TypeError):
        codec_for(annotation).encode(value)


def test_name_of_a_member_that_is_gone_is_told_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"a member of Ratio \(HALF, THIRD\), got 'QUARTER'"):
        codec_for(Ratio).decode(b'"QUARTER"')


def test_such_an_enum_as_a_field_is_refused_with_what_can_be_done() -> None:
    with pytest.raises(
        TypeError, match=r"Shape.*give the enum text or whole numbers as values, or an argument"
    ):
        codec_for(dataclass(type("Form", (), {"__annotations__": {"shape": Shape}})))


class Kit(msgspec.Struct, tag=True):
    parts: frozenset[str]
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Shelf:
    kits: list[Kit]
    marks: set[tuple[int, str]]
    kind: ClassVar[str] = "wood"


class Node(msgspec.Struct):
    names: set[str] = msgspec.field(default_factory=set, name="n")
    below: list[Node] = []


LETTERS = frozenset("abcdefghij")
PAIRS = {(n % 3, str(n)) for n in range(9)}

OF_SETS: list[tuple[Any, str]] = [
    (set[str], "set('abcdefghij')"),
    (frozenset[str] | None, "LETTERS"),
    (list[set[str]], "[set(LETTERS), {'x'}]"),
    (dict[str, set[str]], "{'z': set(LETTERS), 'a': set()}"),
    (set[tuple[int, str]], "set(PAIRS)"),
    (set[int | str | None], "{1, 'a', None, 'b', 'c', 'd'}"),
    (set[frozenset[str]], "{LETTERS, frozenset('xyz'), frozenset()}"),
    (Kit, "Kit(LETTERS)"),
    (Shelf, "Shelf([Kit(LETTERS)], set(PAIRS))"),
    (list[Shelf] | None, "[Shelf([Kit(LETTERS)], set(PAIRS))]"),
    (Node, "Node(set(LETTERS), [Node(set(LETTERS))])"),
    (Path | set[str], "set(LETTERS)"),
]

_PRINT = """
import sys
from tests.unit.queue import test_value as here
for annotation, made in here.OF_SETS:
    print(here.codec_for(annotation).encode(eval(made, vars(here))).decode())
"""


def test_sets_are_the_same_bytes_in_every_process() -> None:
    def printed(seed: int) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", _PRINT],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout.splitlines()

    first = printed(1)
    assert len(first) == len(OF_SETS)
    assert all(printed(seed) == first for seed in (2, 3))


@pytest.mark.parametrize(("annotation", "made"), OF_SETS)
def test_what_holds_a_set_comes_back_as_it_was(annotation: Any, made: str) -> None:
    codec = codec_for(annotation)
    value = eval(made)  # noqa: S307 - the text stands above, for another process to read
    assert_same(codec.decode(codec.encode(value)), value)


def test_order_of_a_dict_that_holds_sets_is_kept() -> None:
    codec = codec_for(dict[str, set[str]])
    assert list(codec.decode(codec.encode({"z": set("ab"), "a": set("c")}))) == ["z", "a"]


@pytest.mark.parametrize(
    ("annotation", "value", "data"),
    [
        (float, 1, b"1.0"),
        (float | None, 1, b"1.0"),
        (list[float], [1, 2.5], b"[1.0,2.5]"),
        (dict[str, float], {"b": 1, "a": 2}, b'{"b":1.0,"a":2.0}'),
        (float | Path | str, 1, b'{"float":1.0}'),
        (int | float, 1, b"1"),
        (Any, [1, 1.0], b"[1,1.0]"),
    ],
)
def test_whole_number_for_a_float_is_stored_as_one(annotation: Any, value: object, data: bytes) -> None:
    assert codec_for(annotation).encode(value) == data


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
