"""Which events of its classes a subscriber wants: those whose fields equal the given ones."""

from __future__ import annotations

from dataclasses import fields as fields_of
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from native_runtime.events.event import Event


def matching(kinds: Sequence[type[Event]], fields: Mapping[str, object]) -> Callable[[Event], bool] | None:
    """Tells which events of `kinds` match; None if all do.

    Args:
        kinds: Event classes.
        fields: What their fields must equal. Classes below these may have more fields than they have; an event that
            lacks one does not match.

    Raises:
        TypeError: Events of such a class cannot have such a field.
    """
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


def _refuse_unknown(kind: type[Event], fields: Mapping[str, object]) -> None:
    known = [field.name for field in fields_of(kind)]
    unknown = [name for name in fields if name not in known]
    if unknown and not kind.__subclasses__():
        raise TypeError(f"{kind.__name__} has no field {unknown[0]!r}; it has {', '.join(sorted(known))}")
