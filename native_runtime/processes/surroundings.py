"""What every child is handed: the loop it lives on, and those it deals with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    from native_runtime.clock import Clock
    from native_runtime.events import EventBus
    from native_runtime.processes.child import Child
    from native_runtime.processes.exit_status import ExitStatus
    from native_runtime.processes.run import Run
    from native_runtime.processes.spawner import Process
    from native_runtime.processes.spec import ChildSpec
    from native_runtime.processes.vitals import Vitals


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every child is handed.

    Attributes:
        loop: All methods of a child are called on its thread.
        spawn: Starts a process for a spec, and tells the marker its descendants bear; raises OSError.
        discard: Ends a process that was spawned and cannot be listened to, with all that bear its marker.
        vitals: Whoever asks a child whether it is ready and works.
        spread: Spreads a restart delay, in seconds, by up to a fraction of itself.
        on_message: Each control message: child, message.
        on_run_over: A run ended. Must call the given function, at once or later on the loop's thread, to let
            the child go on (restart or rest).
        on_state: After each move in the table.
    """

    loop: asyncio.AbstractEventLoop
    clock: Clock
    bus: EventBus
    spawn: Callable[[ChildSpec], tuple[Process, str]]
    discard: Callable[[Process, str], None]
    vitals: Callable[[ChildSpec], Vitals]
    spread: Callable[[float, float], float]
    on_message: Callable[[Child, Mapping[str, Any]], None]
    on_run_over: Callable[[Child, Run, ExitStatus, Callable[[], None]], None]
    on_state: Callable[[Child], None]
