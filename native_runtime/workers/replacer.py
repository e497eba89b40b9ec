"""Replaces children one after the other until what runs is what is wanted, and tries again where that fails."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from native_runtime.backoff import Backoff
from native_runtime.errors import NativeRuntimeError, ReplacementError
from native_runtime.events import caused_by
from native_runtime.processes.events import ReplacementFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime.clock import Clock
    from native_runtime.events import Cause, EventBus
    from native_runtime.processes.spec import ChildSpec
    from native_runtime.workers.children import Children

PAUSES: Final = Backoff(delay=1.0, factor=2.0, max_delay=60.0)
"""Between two attempts at a child that cannot be replaced."""

log = logging.getLogger("native_runtime.workers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One child that is due.

    Attributes:
        name: The child.
        reason: Why, one sentence.
        pids: Replace it if it is one of these processes, also by one of the same spec; else only if its spec is not
            the wanted one.
        origin: Who asked for it.
        cause: What led to it.
        failures: How often it has failed so far.
        not_before: Monotonic seconds.
    """

    name: str
    reason: str
    pids: frozenset[int]
    origin: str | None
    cause: Cause
    failures: int = 0
    not_before: float = 0.0

    def after(self, older: Errand | None) -> Errand:
        """This one instead of an older one, so that nothing is forgotten that the older one was to replace."""
        return self if older is None else replace(self, pids=self.pids | older.pids)


class Replacer:
    """Works on a thread for each worker that has children due, so that one that hangs holds up no other.

    Within a worker one child is replaced at a time: there is never more than one process too many.

    Args:
        children: Does it.
        wanted: The spec that a child should have now; None if nobody wants it.
        failed: Hears that a child was not replaced.
        bus: Is told.
        clock: Time.
    """

    def __init__(
        self,
        *,
        children: Children,
        wanted: Callable[[str], ChildSpec | None],
        failed: Callable[[str, int], None],
        bus: EventBus,
        clock: Clock,
    ) -> None:
        self._children = children
        self._wanted = wanted
        self._failed = failed
        self._bus = bus
        self._clock = clock
        self._changed = threading.Condition()
        self._due: dict[str, dict[str, Errand]] = {}
        self._under_way: dict[str, ChildSpec] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._is_open = False

    def start(self) -> None:
        """Take errands. Harmless twice."""
        self._is_open = True

    def stop(self) -> None:
        """Forget what is due; what is under way ends when the children do. Harmless twice."""
        with self._changed:
            self._is_open = False
            self._due.clear()
            self._changed.notify_all()

    def join(self) -> None:
        """Wait until nothing is under way; after `stop`, once the children have ended."""
        for thread in list(self._threads.values()):
            thread.join()

    def renew(self, group: str, errand: Errand) -> None:
        """Replace a child soon; returns at once. A newer errand for the same child takes the place of an older one."""
        with self._changed:
            if not self._is_open:
                return
            due = self._due.setdefault(group, {})
            due[errand.name] = errand.after(due.get(errand.name))
            if group not in self._threads:
                name = f"native-runtime replacer {group}"
                self._threads[group] = threading.Thread(
                    target=self._work, args=(group,), name=name, daemon=True
                )
                self._threads[group].start()
            self._changed.notify_all()

    def look_again(self) -> None:
        """Something else is wanted: drop what an edit wanted before, and put away newcomers nobody wants now."""
        with self._changed:
            for due in self._due.values():
                for name in [each.name for each in due.values() if not each.pids]:
                    del due[name]
            outdated = [name for name, spec in self._under_way.items() if self._wanted(name) != spec]
            self._changed.notify_all()
        for name in outdated:
            self._children.call_off(name)

    @property
    def is_idle(self) -> bool:
        """True while no child is due."""
        with self._changed:
            return not self._threads

    def _work(self, group: str) -> None:
        while (errand := self._next(group)) is not None:
            try:
                self._do(group, errand)
            except (NativeRuntimeError, OSError, RuntimeError) as error:
                log.error("%s was not replaced: %s", errand.name, error)  # noqa: TRY400 - the message says it all
            except Exception:  # a thread's boundary: the errands behind this one must not wait for ever
                log.exception("%s was not replaced", errand.name)

    def _next(self, group: str) -> Errand | None:
        """Wait for the first errand whose time has come; None if there are no more."""
        with self._changed:
            while due := self._due.get(group):
                first = min(due.values(), key=lambda errand: errand.not_before)
                pause = first.not_before - self._clock.monotonic()
                if pause <= 0:
                    return due.pop(first.name)
                self._changed.wait(pause)
            self._due.pop(group, None)
            del self._threads[group]
            return None

    def _do(self, group: str, errand: Errand) -> None:
        spec, pid = self._wanted(errand.name), self._children.pid_of(errand.name)
        is_there = self._children.spec_of(errand.name) == spec
        # One that was to be recycled, and has come back since, is fresh.
        if spec is None or (is_there and pid not in errand.pids):
            return
        self._under_way[errand.name] = spec
        try:
            with caused_by(errand.cause):
                self._children.replace(spec, reason=errand.reason, origin=errand.origin)
        except ReplacementError as error:
            self._failed_to(group, errand, spec, error, pid)
        else:
            if self._wanted(errand.name) not in (None, spec):
                # Whoever wanted something else in this moment took it for what it was before.
                self.renew(group, replace(errand, pids=frozenset()))
        finally:
            del self._under_way[errand.name]

    def _failed_to(
        self, group: str, errand: Errand, spec: ChildSpec, error: ReplacementError, pid: int | None
    ) -> None:
        """See what remains to be done of an errand."""
        if error.is_gone:
            if errand.name in self._children.standing():  # it is leaving, and may come back as it was
                self._put_off(group, errand, PAUSES.pause(1))
        elif self._wanted(errand.name) == spec:
            self._try_later(group, errand, error, pid)
        elif errand.pids:
            self._put_off(group, errand, 0.0)  # by what is wanted now

    def _try_later(self, group: str, errand: Errand, error: ReplacementError, pid: int | None) -> None:
        failures = errand.failures + 1
        pause = PAUSES.pause(failures)
        if not self._put_off(group, replace(errand, failures=failures), pause):
            return
        log.warning("%s; trying again in %g s", error, pause)
        told = ReplacementFailed(
            name=errand.name, reason=errand.reason, error=error.why, retry_in=pause, origin=errand.origin
        )
        self._bus.publish(told, cause=errand.cause)
        if pid is not None:
            self._failed(errand.name, pid)

    def _put_off(self, group: str, errand: Errand, pause: float) -> bool:
        """Do it again in `pause` seconds, or with a newer errand for the same child; False if nothing is done any more."""
        with self._changed:
            if not self._is_open:
                return False
            due = self._due.setdefault(group, {})
            again = replace(errand, not_before=self._clock.monotonic() + pause)
            newer = due.get(errand.name)
            due[errand.name] = again if newer is None else newer.after(again)
            return True
