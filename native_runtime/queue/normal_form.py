"""Equal values in one form, so that the same call is the same bytes in every process."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any, Final

import msgspec

Former = Callable[[Any, Callable[[Any], bytes]], Any]


def former_of(annotation: Any) -> Former | None:
    """What brings a decoded value of an annotation into its one form, to be encoded then.

    A set has no order, and another one in each process; a float may have been given as a whole number.

    Returns:
        It takes the value and an encoder; None where equal values are written alike by themselves.
    """
    kinds = list(kinds_in(annotation))
    if any(issubclass(kind, AbstractSet) for kind in kinds):
        return _listed
    return _as_decoded if float in kinds else None


def kinds_in(annotation: Any) -> Iterator[type]:
    """All classes of which an annotation speaks, those of fields included."""
    seen: dict[int, Any] = {}  # by identity: not everything in an annotation can be hashed
    left = [annotation]
    while left:
        each = left.pop()
        kind = typing.get_origin(each) or each
        if id(kind) not in seen and isinstance(kind, type):
            yield kind
            if "__annotations__" in vars(kind) or msgspec.Struct in kind.__mro__:
                with suppress(NameError):  # of no field: those msgspec could resolve
                    left += typing.get_type_hints(kind).values()
        seen[id(kind)] = kind
        left += typing.get_args(each)
        left += filter(None, (getattr(each, name, None) for name in _MEANT))


def _as_decoded(value: Any, _encode: Callable[[Any], bytes]) -> Any:
    return value


def _listed(value: Any, encode: Callable[[Any], bytes]) -> Any:
    """The value with each set as a list in order."""
    if isinstance(value, set | frozenset):
        return _in_order(value, encode)
    if isinstance(value, dict):
        return {key: _listed(each, encode) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(each, encode) for each in value]
    if isinstance(value, msgspec.Struct):
        return _with_fields(value, value.__struct_fields__, msgspec.structs.force_setattr, encode)
    if hasattr(value, "__dataclass_fields__"):
        import dataclasses  # which whoever made this one has imported

        names = [field.name for field in dataclasses.fields(value)]
        return _with_fields(value, names, object.__setattr__, encode)
    return value


def _in_order(members: Iterable[Any], encode: Callable[[Any], bytes]) -> list[Any]:
    if set(map(type, members)) in _ORDERED:
        return sorted(members)
    return [msgspec.Raw(data) for data in sorted(encode(_listed(each, encode)) for each in members)]


def _with_fields(
    value: Any,
    names: Iterable[str],
    put: Callable[[Any, str, Any], None],
    encode: Callable[[Any], bytes],
) -> Any:
    import copy

    twin = copy.copy(value)
    for name in names:
        put(twin, name, _listed(getattr(value, name), encode))
    return twin


_ORDERED: Final = ({str}, {int})
"""Members of these types are put in order as they are, any others as JSON, which takes five times as long."""
_MEANT: Final = ("__supertype__", "__value__")
"""Where a NewType and a type alias keep what they stand for."""
