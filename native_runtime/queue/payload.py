"""Arguments and results as data: never pickles, encoded and decoded by a function's annotations.

A payload is UTF-8 JSON, `{"args": {parameter: value}}`. Only arguments that were given are in it.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec

from native_runtime.errors import PayloadError
from native_runtime.queue.parameters import parameters_of, signature_of
from native_runtime.queue.value import PLAIN, ValueCodec, codec_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from inspect import Signature

    from native_runtime.queue.parameters import Parameter

_FIX: Final = "dispatch data of the annotated type, or change the annotation"


class _Payload(msgspec.Struct):
    args: dict[str, msgspec.Raw]


class _PlainPayload(msgspec.Struct):
    args: dict[str, Any]


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(_Payload)
_PLAIN_DECODER: Final = msgspec.json.Decoder(_PlainPayload)


class Payloads:
    """Encodes calls of one function, and its results.

    Args:
        job: The job's name, for messages.
        function: Its annotations decide.
        unannotated: What a parameter without one takes; by default plain JSON values.

    Raises:
        PayloadError: An annotation cannot be resolved, or names a type whose values cannot be stored.
    """

    def __init__(self, job: str, function: Callable[..., Any], *, unannotated: Any = PLAIN) -> None:
        self._job = job
        self._function = function
        self._parameters = parameters = parameters_of(function)
        hints = _hints(job, function)
        self._codecs: dict[str, ValueCodec] = {
            each.name: _codec(job, f"parameter '{each.name}'", _annotation(each, hints, unannotated))
            for each in parameters
        }
        self._takes_keywords = all(each.takes_keyword for each in parameters)
        takes_positions = all(each.takes_position for each in parameters)
        self._positional = [each.name for each in parameters] if takes_positions else []
        # Where all is plain data of one type each, one call encodes a job, and one check of types is enough.
        exact = [codec.exact for codec in self._codecs.values()]
        self._exact = tuple(exact) if takes_positions else None
        self._fewest = sum(each.is_required for each in parameters)
        self._result = _codec(job, "the result", hints.get("return", PLAIN))

    def encode(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> bytes:
        """A call as a payload.

        Raises:
            PayloadError: The arguments do not fit the signature, or one is not data of its annotation.
        """
        if (
            not kwargs
            and tuple(map(type, args)) == self._exact
            and (plain := _all_at_once(self._positional, args))
        ):
            return plain
        if not kwargs and self._fewest <= len(args) <= len(self._positional):
            given = dict(
                zip(self._positional, args, strict=False)
            )  # what `bind` would do, in a tenth of its time
        else:
            given = self._bind(args, kwargs)
        encoded = {name: msgspec.Raw(self._encode_argument(name, value)) for name, value in given.items()}
        return _ENCODER.encode({"args": encoded})

    def encode_part(
        self, args: tuple[object, ...], kwargs: Mapping[str, object]
    ) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """A call that may lack arguments: what is given, encoded, and the required parameters that are not.

        Raises:
            PayloadError: The arguments do not fit the signature, or one is not data of its annotation.
        """
        given = self._bind(args, kwargs, in_full=False)
        left_open = tuple(
            each.name for each in self._parameters if each.name not in given and each.is_required
        )
        return {name: self._encode_argument(name, value) for name, value in given.items()}, left_open

    def decode(self, payload: bytes) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The positional and the keyword arguments of a call.

        Raises:
            PayloadError: The payload was made for another signature.
        """
        if self._exact is not None and self._takes_keywords:
            with suppress(msgspec.MsgspecError, RecursionError):  # told below
                plain = _PLAIN_DECODER.decode(payload).args
                if (*plain,) == (*self._positional,) and tuple(map(type, plain.values())) == self._exact:
                    return (), plain
        try:
            raw = _DECODER.decode(payload).args
        except (msgspec.MsgspecError, RecursionError) as error:
            raise PayloadError(self._job, "payload", str(error)) from None
        given = {name: self._decode_argument(name, data) for name, data in raw.items()}
        if self._takes_keywords:
            return (), given
        ordered = {name: given[name] for name in self._codecs if name in given}
        bound = self._signature.bind_partial()
        bound.arguments = ordered
        return bound.args, bound.kwargs

    def encode_result(self, value: object) -> bytes | None:
        """What the function returned, as JSON; None for None.

        Raises:
            PayloadError: It is not data of the return annotation.
        """
        if value is None:
            return None
        try:
            return self._result.encode(value)
        except (TypeError, ValueError) as error:
            raise PayloadError(
                self._job, "result", str(error), "return data of the annotated type, or return nothing"
            ) from None

    def decode_result(self, data: bytes | None) -> Any:
        """What the function returned.

        Raises:
            PayloadError: The stored result does not fit the return annotation.
        """
        if data is None:
            return None
        try:
            return self._result.decode(data)
        except ValueError as error:
            raise PayloadError(self._job, "result", str(error)) from None

    @functools.cached_property
    def _signature(self) -> Signature:
        return signature_of(self._function)

    def _bind(
        self, args: tuple[object, ...], kwargs: Mapping[str, object], *, in_full: bool = True
    ) -> dict[str, object]:
        bind = self._signature.bind if in_full else self._signature.bind_partial
        try:
            return bind(*args, **kwargs).arguments
        except TypeError as error:
            raise PayloadError(self._job, "arguments", str(error), f"it takes {self._signature}") from None

    def _encode_argument(self, name: str, value: object) -> bytes:
        try:
            return self._codecs[name].encode(value)
        except (TypeError, ValueError) as error:
            raise PayloadError(self._job, f"argument '{name}'", str(error), _FIX) from None

    def _decode_argument(self, name: str, data: msgspec.Raw) -> Any:
        codec = self._codecs.get(name)
        if codec is None:
            problem = f"the function takes no such parameter (any more): it takes {self._signature}"
            raise PayloadError(self._job, f"argument '{name}'", problem)
        try:
            return codec.decode(data)
        except ValueError as error:
            raise PayloadError(self._job, f"argument '{name}'", str(error)) from None


def _all_at_once(names: Sequence[str], args: Sequence[object]) -> bytes | None:
    """The payload of plain data; None if one cannot be stored: whoever looks at each can tell which."""
    try:
        return _ENCODER.encode({"args": dict(zip(names, args, strict=True))})
    except (ValueError, ArithmeticError):
        return None


def _hints(job: str, function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise PayloadError(
            job, "annotations", str(error), "import the type at run time, not only under TYPE_CHECKING"
        ) from None


def _annotation(parameter: Parameter, hints: Mapping[str, Any], unannotated: Any) -> Any:
    annotation = hints.get(parameter.name, unannotated)
    if parameter.gathers_positions:
        return tuple[annotation, ...]  # type: ignore[valid-type]  # made at run time, for msgspec
    if parameter.gathers_keywords:
        return dict[str, annotation]  # type: ignore[valid-type]
    return annotation


def _codec(job: str, what: str, annotation: Any) -> ValueCodec:
    try:
        return codec_for(annotation)
    except TypeError as error:
        raise PayloadError(job, what, str(error)) from None
