"""Enums that are stored by their members' names: those whose values are neither all text nor all whole numbers.

msgspec takes the others by value. It refuses these, so that a class stands in for each when data is decoded.
"""

from __future__ import annotations

import typing
from abc import ABCMeta
from enum import Enum
from types import UnionType
from typing import Any, Final

import msgspec

from native_runtime.queue.normal_form import kinds_in
from native_runtime.queue.value import ENCODER, PlainCodec, decode_path

_STANDS_FOR: Final = "__stands_for__"


def named_codec(annotation: Any) -> PlainCodec | None:
    """The codec of an annotation in which there are such enums; None if that is not what it takes."""
    stood_in = _with_stand_ins(annotation)
    if stood_in is annotation:
        return None
    try:
        return PlainCodec(stood_in, encode=_encode, decode_other=_decode)
    except TypeError:  # a union: msgspec can tell such an enum from None, and from nothing else
        return None


def advice(annotation: Any) -> str:
    """What can be done about such enums in an annotation that cannot be stored; empty if there are none."""
    if all(_is_known(kind) for kind in kinds_in(annotation) if issubclass(kind, Enum)):
        return ""
    return "; give the enum text or whole numbers as values, or an argument of its own instead of a field"


def _is_known(enum: type[Enum]) -> bool:
    try:
        msgspec.json.Decoder(enum)
    except TypeError:
        return False
    return True


def _with_stand_ins(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return annotation if _is_known(annotation) else _stand_in(annotation)
    arguments = typing.get_args(annotation)
    changed = tuple(map(_with_stand_ins, arguments))
    if all(one is other for one, other in zip(changed, arguments, strict=True)):
        return annotation
    origin: Any = typing.get_origin(annotation)
    return (typing.Union if origin is UnionType else origin)[changed]


def _stand_in(enum: type[Enum]) -> type:
    made = ABCMeta(enum.__name__, (), {_STANDS_FOR: enum, "__qualname__": enum.__qualname__})
    made.register(enum)  # msgspec looks whether it got what it asked for
    return made


def _encode(value: Any) -> bytes:
    return ENCODER.encode(_as_named(value))


def _as_named(value: Any) -> Any:
    if isinstance(value, Enum):
        return value if _is_known(type(value)) else value.name
    if isinstance(value, dict):
        return {_as_named(key): _as_named(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_as_named(each) for each in value]
    return value


def _decode(kind: type, name: Any) -> Any:
    enum: type[Enum] | None = getattr(kind, _STANDS_FOR, None)
    if enum is None:
        return decode_path(kind, name)
    if name in enum.__members__:
        return enum[name]
    known = ", ".join(enum.__members__) or "none: it has no members"
    raise ValueError(f"expected the name of a member of {enum.__qualname__} ({known}), got {name!r}")
