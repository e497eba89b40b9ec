"""An app with its panel open in Chromium: what a flood of output, and of jobs, costs the page and the app."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

from benchmarks.buses.goals import OURS
from benchmarks.buses.peer import PROGRAMS
from benchmarks.buses.rows import program
from benchmarks.comparison import procfs
from benchmarks.comparison.results import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from benchmarks.buses.plan import Plan
    from benchmarks.buses.rows import Program
    from benchmarks.comparison.results import Results

LINES: Final = 50_000  # a second
SETTLE: Final = 3.0  # seconds before and after, so that what starts and ends counts for nobody
DEADLINE: Final = 60_000  # milliseconds

# Run before the page's own scripts: counts what it is sent, and how long its frames take.
_INSTRUMENTS: Final = """
window.told = 0;
window.frames_taken = [];
window.WebSocket = class extends WebSocket {
  constructor(...where) { super(...where); this.addEventListener("message", () => { window.told += 1; }); }
};
let before = null;
(function frame(now) {
  if (before !== null) window.frames_taken.push(now - before);
  before = now;
  requestAnimationFrame(frame);
})(performance.now());
"""


def absent() -> str | None:
    """Why no page can be measured here, or None if one can."""
    if _chromium() is None:
        return "needs a Chromium: apt install chromium"
    try:
        import playwright.sync_api  # noqa: F401 - of the extra `dev`
    except ModuleNotFoundError:
        return "needs playwright: pip install playwright"
    return None


def measure_flood(plan: Plan, results: Results) -> None:
    """A child writes 50,000 lines a second."""
    with _app() as app, _panel(app) as page:
        time.sleep(SETTLE)
        before = procfs.rss_mb([app.pid])
        app.ask("flood", LINES)
        time.sleep(SETTLE)
        cpu, began = procfs.cpu_ms([app.pid]), time.monotonic()
        frames = _frames(page, plan.page)
        busy = (procfs.cpu_ms([app.pid]) - cpu) / (time.monotonic() - began) / 10
        results.add("page_growth", OURS, procfs.rss_mb([app.pid]) - before)
        results.add("page_cpu", OURS, busy)
        results.add("frame_p50", OURS, percentile(50, frames))
        results.add("frame_p99", OURS, percentile(99, frames))
        page.get_by_role("link", name="Log of flood", exact=True).click()
        followed = _followed(page, plan.page)
        results.add("log_p50", OURS, percentile(50, followed))
        results.add("log_p99", OURS, percentile(99, followed))
        app.ask("calm")


def measure_drain(plan: Plan, results: Results) -> None:
    """Two workers run trivial jobs as fast as they can."""
    with _app() as app:
        app.ask("fill", plan.jobs)
        with _panel(app) as page:
            time.sleep(SETTLE)
            page.evaluate("() => { window.told = 0; window.frames_taken.length = 0; }")
            cpu, began = procfs.cpu_ms([app.pid]), time.monotonic()
            seconds = app.ask("drain")
            passed = time.monotonic() - began
            busy = (procfs.cpu_ms([app.pid]) - cpu) / passed / 10
            told, frames = page.evaluate("() => [window.told, window.frames_taken]")
    results.add("drain", OURS, plan.jobs / seconds)
    results.add("drain_cpu", OURS, busy)
    results.add("drain_told", OURS, told / passed)
    results.add("drain_frame", OURS, percentile(99, frames))


@contextmanager
def _app() -> Iterator[Program]:
    with program(sys.executable, [f"{PROGRAMS}.app"]) as running:
        yield running


@contextmanager
def _panel(app: Program) -> Iterator[Page]:
    """The panel of `app`, live, in a browser of its own."""
    from playwright.sync_api import expect, sync_playwright

    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=_chromium())
        stack.callback(browser.close)
        page = browser.new_page()
        page.add_init_script(_INSTRUMENTS)
        page.goto(app.ask("link"))
        expect(page.locator("#connection")).to_have_text("Live", timeout=DEADLINE)
        yield page


def _frames(page: Page, seconds: float) -> list[float]:
    """Milliseconds between frames, for so long."""
    page.evaluate("() => { window.frames_taken.length = 0; }")
    page.wait_for_timeout(1000 * seconds)
    frames: Any = page.evaluate("() => window.frames_taken")
    return list(frames)


def _followed(page: Page, seconds: float) -> list[float]:
    """The same while the log that is open is followed.

    Raises:
        RuntimeError: It stands still.
    """
    line = page.locator(".log-line .log-text").last
    line.wait_for(timeout=DEADLINE)
    before = line.inner_text()
    frames = _frames(page, seconds)
    if line.inner_text() == before:
        raise RuntimeError(f"the log of the flood stands still at {before!r}; nothing was measured")
    return frames


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")
