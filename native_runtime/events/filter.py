"""Which events of its classes a subscriber wants: those whose fields equal the given ones."""

from __future__ import annotations

from dataclasses import fields as fields_of
from operator import attrgetter
from typing import TYPE_CHECKING

from native_runtime.events.event import Event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def matching(kinds: Sequence[type[Event]], fields: Mapping[str, object]) -> Callable[[Event], bool] | None:
    """Tells which events of `kinds` match; None if all do.

    Args:
        kinds: Event classes.
        fields: What their fields must equal. Classes below these may have more fields than they have; an event that
            lacks one does not match.

    Raises:
        TypeError: One of `kinds` is no event class, or events of such a class cannot have such a field.
    """
    for kind in kinds:
        _refuse_other(kind)
    if not fields:
        return None
    for kind in kinds:
        _refuse_unknown(kind, fields)
    values = attrgetter(*fields)
    wanted: object = tuple(fields.values()) if len(fields) > 1 else next(iter(fields.values()))

    def wants(event: Event) -> bool:
        try:
            return bool(values(event) == wanted)
        except AttributeError:
            return False

    return wants


def _refuse_other(kind: object) -> None:
    # Here, and not where the first event is published: whoever publishes it is somebody else.
    if not isinstance(kind, type) or not issubclass(kind, Event):
        raise TypeError(
            f"expected an event class such as native_runtime.events.ProcessExited, got {kind!r}; "
            "a base class of several events hears them all"
        )


def _refuse_unknown(kind: type[Event], fields: Mapping[str, object]) -> None:
    known = [field.name for field in fields_of(kind)]
    unknown = [name for name in fields if name not in known]
    if unknown and not kind.__subclasses__():
        raise TypeError(f"{kind.__name__} has no field {unknown[0]!r}; it has {', '.join(sorted(known))}")
