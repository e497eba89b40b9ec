"""Goes over from what runs to what should: starts what is new, lets go what is not wanted, has the rest replaced."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from native_runtime.errors import NativeRuntimeError
from native_runtime.events import current_cause
from native_runtime.workers.replacer import Errand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from native_runtime.processes.spec import ChildSpec
    from native_runtime.workers.children import Children
    from native_runtime.workers.replacer import Replacer

EDITED: Final = "its settings in workers.toml have changed"
RESTARTED: Final = "somebody wanted it restarted"

log = logging.getLogger("native_runtime.workers")


class Changeover:
    """Of all children of a fleet.

    Args:
        children: What runs.
        replacer: Replaces children one after the other.
    """

    def __init__(self, *, children: Children, replacer: Replacer) -> None:
        self._children = children
        self._replacer = replacer

    def start(self, specs: Sequence[ChildSpec]) -> None:
        """Start children; what cannot be started is told and does not hold up the rest."""
        for spec in specs:
            try:
                self._children.start(spec)
            except (NativeRuntimeError, OSError) as error:
                log.error("%s was not started: %s", spec.name, error)  # noqa: TRY400 - the message says it all

    def follow(
        self, before: Mapping[str, ChildSpec], after: Mapping[str, ChildSpec], *, origin: str | None
    ) -> None:
        """Make what should run by a new configuration run; only what has changed is looked at. Does not wait.

        Args:
            before: What should have run by the one before, by the children's names.
            after: What should run now.
            origin: Who changed it.
        """
        standing = self._children.standing()
        self._replacer.look_again()
        self.start(
            [spec for name, spec in after.items() if name not in standing and before.get(name) != spec]
        )
        for name, spec in after.items():
            if name in standing and standing[name] != spec:
                self.due(name, spec.worker or name, EDITED, origin=origin)
        self._children.retire([name for name in standing if name not in after], origin=origin)

    def due(
        self,
        name: str,
        group: str,
        reason: str,
        *,
        pids: frozenset[int] = frozenset(),
        origin: str | None = None,
    ) -> None:
        """Have a child replaced soon, in its turn among those of its `group`; see `Errand`."""
        errand = Errand(name=name, reason=reason, pids=pids, origin=origin, cause=current_cause())
        self._replacer.renew(group, errand)
