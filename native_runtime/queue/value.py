"""One value as JSON and back, by its annotation. What comes back equals what was given, or it is refused."""

from __future__ import annotations

import functools
import types
import typing
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.queue.normal_form import Former


PLAIN: Final = Any  # the annotation of what has none: only values that JSON itself knows

_EXACT: Final = frozenset({str, int, bool, types.NoneType})  # survive by themselves: no need to look again
_SETTLED: Final = frozenset({str, float, bool, bytes, types.NoneType})  # are written in one way
_UNIONS: Final = frozenset({types.UnionType, typing.Union})
_TOO_DEEP: Final = "nested too deeply to be stored, or holds itself"


class ValueCodec(Protocol):
    """Stores values of one annotation.

    Errors of both methods are `TypeError` or `ValueError`, with a message for a person.
    """

    @property
    def exact(self) -> type | None:
        """The one type whose values survive by themselves and are all that it takes; None if there is no such."""
        ...

    def encode(self, value: object) -> bytes:
        """The value as JSON.

        Raises:
            TypeError: It is not what the annotation says, or would come back as something else.
            ValueError: It holds text that is not valid Unicode, or is nested too deeply.
        """
        ...

    def decode(self, data: bytes | msgspec.Raw) -> Any:
        """The value that was encoded.

        Raises:
            ValueError: The data does not fit the annotation.
        """
        ...


class PlainCodec:
    """Stores values of an annotation that msgspec knows, and paths.

    Args:
        annotation: Of a parameter or result.
        encode: Makes JSON of a value, where msgspec would make another.
        decode_other: Makes a value of a class that msgspec does not know, of what stands in the JSON.

    Raises:
        TypeError: The annotation cannot be stored.
    """

    def __init__(
        self,
        annotation: Any,
        *,
        encode: Callable[[Any], bytes] | None = None,
        decode_other: Callable[[type, Any], Any] | None = None,
    ) -> None:
        self.exact = annotation if isinstance(annotation, type) and annotation in _EXACT else None
        self._annotation = annotation
        self._has_choice = _has_choice(annotation)
        self._encode = encode or ENCODER.encode
        self._decoder = msgspec.json.Decoder(annotation, dec_hook=decode_other or decode_path)

    def encode(self, value: object) -> bytes:
        """The value as JSON."""
        try:
            data = self._encode(value)
            if type(value) is not self.exact:
                back = self._decoder.decode(data)
                self._refuse_change(value, back)
                if type(value) not in _SETTLED and self._former is not None:
                    data = self._encode(self._former(back, self._encode))
        except msgspec.ValidationError as error:
            raise TypeError(f"{_lowered(error)}: {_shown(value)}") from None
        except ArithmeticError:  # a signalling NaN, which cannot even be compared
            raise TypeError(f"not a number that can be stored: {_shown(value)}") from None
        except RecursionError:
            raise ValueError(_TOO_DEEP) from None
        return data

    def decode(self, data: bytes | msgspec.Raw) -> Any:
        """The value that was encoded."""
        try:
            return self._decoder.decode(data)
        except msgspec.MsgspecError as error:
            raise ValueError(_lowered(error)) from None
        except RecursionError:
            raise ValueError(_TOO_DEEP) from None

    @functools.cached_property
    def _former(self) -> Former | None:
        from native_runtime.queue.normal_form import former_of  # as rare where jobs are run

        return former_of(self._annotation)

    def _refuse_change(self, value: object, back: object) -> None:
        if back != value or (self._has_choice and not _is_same(back, value)):
            raise TypeError(f"{_shown(value)} would come back as {_shown(back)}")


class ChoiceCodec:
    """Stores values of a union whose members look alike in JSON (`Path | str`), each under its member's name.

    Raises:
        TypeError: A member cannot be stored, or two members have the same name.
    """

    exact = None

    def __init__(self, members: tuple[Any, ...]) -> None:
        # A float takes whole numbers, too: it is asked last.
        ordered = sorted(members, key=lambda member: member is float)
        self._codecs: dict[str, ValueCodec] = {}
        for member in ordered:
            if (label := _label(member)) in self._codecs:
                raise TypeError(_namesakes(label, members))
            self._codecs[label] = codec_for(member)

    def encode(self, value: object) -> bytes:
        """The value as JSON: `{member: value}`, by the first member that takes it unchanged."""
        for label, codec in self._codecs.items():
            try:
                data = codec.encode(value)
            except TypeError:
                continue
            if _is_same(codec.decode(data), value):
                return ENCODER.encode({label: msgspec.Raw(data)})
        raise TypeError(f"expected one of {', '.join(self._codecs)}: {_shown(value)}")

    def decode(self, data: bytes | msgspec.Raw) -> Any:
        """The value that was encoded."""
        try:
            ((label, raw),) = _CHOICE.decode(data).items()
            codec = self._codecs[label]
        except (msgspec.MsgspecError, KeyError, ValueError, RecursionError) as error:
            raise ValueError(f"expected one of {', '.join(self._codecs)} ({error})") from None
        return codec.decode(raw)


def codec_for(annotation: Any) -> ValueCodec:
    """The codec of an annotation.

    Raises:
        TypeError: Values of such a type cannot be stored; says why.
    """
    try:
        return PlainCodec(annotation)
    except TypeError as error:
        from native_runtime.queue.enum_names import advice, named_codec

        if (named := named_codec(annotation)) is not None:
            return named
        if typing.get_origin(annotation) in _UNIONS:
            return ChoiceCodec(typing.get_args(annotation))
        raise TypeError(
            f"values of type {_label(annotation)} cannot be stored: {error}{advice(annotation)}"
        ) from None


def _has_choice(annotation: Any) -> bool:
    """True if the type of a value is not settled by the annotation: two members of a union may be equal, `0` and `0.0`."""
    members = typing.get_args(annotation)
    if typing.get_origin(annotation) in _UNIONS and len(set(members) - {types.NoneType}) > 1:
        return True
    return any(_has_choice(member) for member in members)


def _is_same(back: Any, value: Any) -> bool:
    """True if equal values are of one type all the way down; a whole number may come back as a float."""
    if type(back) is not type(value):
        return type(back) is float and type(value) is int
    if isinstance(back, dict):
        return all(_is_same(*items) for items in zip(back.items(), value.items(), strict=True))
    if isinstance(back, list | tuple):
        return all(_is_same(*items) for items in zip(back, value, strict=True))
    return True


def decode_path(kind: type, value: Any) -> Any:
    """Make a path of its text; whatever else msgspec does not know is refused."""
    if issubclass(kind, PurePath) and isinstance(value, str):
        return kind(value)
    raise ValueError(f"Expected `{kind.__qualname__}`, got `{type(value).__qualname__}`")


def encode_path(value: Any) -> str:
    """Make text of a path; whatever else msgspec does not know is refused."""
    if isinstance(value, PurePath):
        return str(value)
    raise TypeError(f"a {type(value).__qualname__} is not data and cannot be stored")


def _label(annotation: Any) -> str:
    return annotation.__qualname__ if isinstance(annotation, type) else str(annotation)


def _namesakes(label: str, members: tuple[Any, ...]) -> str:
    modules = " and ".join(sorted(member.__module__ for member in members if _label(member) == label))
    return (
        f"two members of a union have the name {label} (of {modules}), by which stored values are told apart: "
        "rename one of the classes"
    )


def _lowered(error: Exception) -> str:
    text = str(error).replace("`", "")
    return text[:1].lower() + text[1:]


def _shown(value: object) -> str:
    text = repr(value)
    return f"{text[:80]}… ({type(value).__name__})" if len(text) > 80 else f"{text} ({type(value).__name__})"  # noqa: PLR2004 - fits a line


ENCODER: Final = msgspec.json.Encoder(enc_hook=encode_path)
_CHOICE: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
