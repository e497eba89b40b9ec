"""A pywebview window whose page hears of events, until it is closed in the middle of them: prints what it saw as JSON."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import webview

from native_runtime.clock import SystemClock
from native_runtime.desktop.display import toolkit
from native_runtime.desktop.window import Window, _let_root_in
from native_runtime.events import Event, EventBus

DEADLINE = 60.0
EVENTS = 3_000
# The policy of the gateway's pages: nothing that is told may need `eval`.
PAGE = """<!doctype html><meta http-equiv="Content-Security-Policy" content="script-src 'nonce-a'">
<script nonce="a">
window.heard = [];
window.addEventListener("native-runtime", ({ detail }) => window.heard.push(detail));
</script>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chattered(Event):
    droppable: ClassVar[bool] = True


def work(window: Any, bus: EventBus, found: dict[str, Any]) -> None:
    events = bus.events(Event)
    Window(window).tell(events)
    awkward = "</script> \u2028 ' \" \\ \n 😀"
    bus.publish(Happened(text=awkward))
    for number in range(1, EVENTS):
        bus.publish(Happened(text=str(number)))
        bus.publish(Chattered())
    deadline = time.monotonic() + DEADLINE
    while heard_of(window, "Happened") < EVENTS and time.monotonic() < deadline:
        time.sleep(0.05)
    heard = json.loads(window.run_js("JSON.stringify(window.heard)"))
    found["awkward"] = heard[0]["text"] == awkward
    found["in_order"] = [each["seq"] for each in heard] == sorted({each["seq"] for each in heard})
    found["heard"] = [each["text"] for each in heard if each["type"] == "Happened"][1:] == [
        str(number) for number in range(1, EVENTS)
    ]
    threading.Thread(target=publish_until_closed, args=(bus, events)).start()
    window.destroy()


def heard_of(window: Any, kind: str) -> int:
    count = window.run_js(f"window.heard.filter((each) => each.type === '{kind}').length")
    return int(count or 0)


def publish_until_closed(bus: EventBus, events: Any) -> None:
    while not events.is_closed:
        bus.publish(Happened(text="at the end"))
        time.sleep(0.001)


def main() -> None:
    _let_root_in()
    bus, found = EventBus(clock=SystemClock()), dict[str, Any]()
    window = webview.create_window("A page", html=PAGE)
    webview.start(work, (window, bus, found), gui=cast("Any", toolkit()))
    deadline = time.monotonic() + DEADLINE
    while bus.listens_to(Event) and time.monotonic() < deadline:
        time.sleep(0.01)
    found["closed_with_the_window"] = not bus.listens_to(Event)
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
