"""Which events a client of the stream may ask for by name: the library's and the app's own."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from native_runtime import events
from native_runtime.events import Event

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


def unknown_event(names: Collection[str]) -> str | None:
    """What to tell somebody who asks for these events, or None if there are all of them.

    The app's own are known as soon as their modules are imported.
    """
    known = {each.__name__ for each in _all_below(Event)}
    if not known.issuperset(names):  # the library's own may not have been imported yet
        known |= _of_the_library()
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else "expected names of classes, as ProcessExited"
            return f"only: no event is called {name!r}; {hint}"
    return None


def _of_the_library() -> set[str]:
    public = [getattr(events, name) for name in events.__all__]
    return {
        each.__name__
        for each in public
        if isinstance(each, type) and issubclass(each, Event) and each is not Event
    }


def _all_below(kind: type[Event]) -> Iterator[type[Event]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all_below(each)
