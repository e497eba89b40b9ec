"""What goes wrong while `native-runtime runtime` runs, as one line on stderr each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime.cli.output import counted, say, seconds
from native_runtime.processes.events import (
    ProcessEvent,
    ProcessExited,
    ProcessGaveUp,
    ProcessRestarting,
    StartupError,
)
from native_runtime.processes.exit_status import ExitReason
from native_runtime.queue.events import JobFailed

if TYPE_CHECKING:
    from native_runtime.events import Event
    from native_runtime.runtime import Runtime


def tell_incidents(runtime: Runtime) -> None:
    """Print every incident from here on; call it before `start`, or the first ones are missed."""
    # One subscription for all about children: each has a thread of its own, and their order tells the story.
    runtime.on(ProcessEvent, _tell)
    runtime.on(JobFailed, _tell)


def incident(event: Event) -> str | None:
    """The line about `event`, or None if nothing went wrong."""
    match event:
        case ProcessExited() if ExitReason(event.reason).is_crash:
            how = event.reason.replace("_", " ")
            text = f"{event.name} {how}: {event.detail} after {seconds(event.uptime)}; see native-runtime crash:list"
        case ProcessRestarting(crash_looping=True):
            again = counted(event.restarts, "restart")
            text = f"{event.name} keeps crashing ({again}); it is tried again in {seconds(event.delay)}"
        case StartupError():
            text = f"{event.name} could not be started: {event.error}"
        case ProcessGaveUp():
            text = f"{event.name} is given up: {event.reason}"
        case JobFailed():
            text = f"job {event.job} ({event.job_id}) ended as {event.outcome}: {event.error}; see native-runtime queue:failed"
        case _:
            return None
    return " ".join(text.split())  # an error may have many lines


def _tell(event: Event) -> None:
    line = incident(event)
    if line is not None:
        say(line, err=True)
