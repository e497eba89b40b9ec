"""A page of another server in the same browser, where a person has the panel open: it can do nothing and see nothing."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from native_runtime.processes.crash_report import CrashReport, write_report
from native_runtime.queue.driver import Finish
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from tests.support.gateway_house import child

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from native_runtime.gateway import Gateway
    from tests.support.gateway_house import House

pytestmark = pytest.mark.browser

EVIL = """<!doctype html><title>evil</title>
<iframe name="sink" hidden></iframe>
<form id="form" method="post" target="sink" enctype="text/plain"><input name="processes" value="9"></form>"""

ATTACKS = """async (home) => {
  const heard = {};
  const tried = async (name, attempt) => { heard[name] = await attempt().catch((error) => `refused: ${error.name}`); };
  const form = document.getElementById("form");
  for (const path of ["api/queues/images/pause", "api/workers/images/scale", "api/failed/flush"]) {
    await new Promise((loaded) => {
      document.querySelector("iframe").addEventListener("load", loaded, { once: true });
      form.action = home + path;
      form.submit();
    });
  }
  await tried("blind post", async () =>
    (await fetch(home + "api/queues/images/pause", { method: "POST", mode: "no-cors", credentials: "include" })).type);
  await tried("read", async () => (await fetch(home + "api/status", { credentials: "include" })).text());
  await tried("listen", () => new Promise((resolve, reject) => {
    const socket = new WebSocket(home.replace("http", "ws") + "api/events");
    socket.onmessage = (message) => resolve(message.data);
    socket.onerror = () => reject(new Error("no"));
  }));
  await tried("script", () => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = home + "panel/panel.js";
    script.onload = () => resolve("loaded");
    script.onerror = () => reject(new Error("no"));
    document.body.append(script);
  }));
  return heard;
}"""


class EvilHandler(BaseHTTPRequestHandler):
    """Serves the page."""

    def do_GET(self) -> None:
        body = EVIL.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
        """Say nothing."""


@pytest.fixture
def evil() -> Iterator[str]:
    """Address of another server on this machine: to a browser the same site, but another origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EvilHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """A page of a browser that may well complain: things are refused to it."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_page_of_another_server_can_neither_act_nor_read_nor_listen_with_our_cookie(
    house: House, gateway: Gateway, visitor: Page, evil: str
) -> None:
    visitor.goto(gateway.link("/"))
    expect(visitor.locator("#connection")).to_have_text("Live")
    visitor.goto(evil)
    assert visitor.evaluate(ATTACKS, gateway.url) == {
        "blind post": "refused: TypeError",
        "read": "refused: TypeError",
        "listen": "refused: Error",
        "script": "refused: Error",
    }
    assert house.fleet.asked == []
    assert house.driver.counts(now=0.0) == []


def test_page_of_another_server_cannot_frame_the_panel(gateway: Gateway, visitor: Page, evil: str) -> None:
    visitor.goto(gateway.link("/"))
    visitor.goto(evil)
    visitor.evaluate(
        """(home) => new Promise((loaded) => {
             const frame = document.createElement("iframe");
             frame.addEventListener("load", loaded, { once: true });
             frame.src = home + "?embed=1";
             document.body.append(frame);
           })""",
        gateway.url,
    )
    assert all("Photo Desk" not in frame.content() for frame in visitor.frames)


SCRIPT = "<img src=x onerror=owned=1><script>owned=1</script>"


def test_script_in_what_others_wrote_is_shown_as_text_everywhere(
    house: House, gateway: Gateway, page: Page
) -> None:
    fail_with_script(house)
    house.supervisor.add(child(f"convert {SCRIPT}"))
    report = CrashReport(
        id="20260101-script", child=f"convert {SCRIPT}", reason="crashed", exit_code=1, signal=None, detail=SCRIPT,
        at="2026-01-01T12:00:00+00:00", pid=1, uptime=1.0, output=(SCRIPT,), traceback=SCRIPT,
    )  # fmt: skip
    write_report(house.folders.crashes, report)
    page.goto(f"{gateway.link('/')}#overview")
    expect(page.get_by_role("rowheader", name="convert")).to_contain_text(SCRIPT)
    page.goto(f"{gateway.url}#jobs")
    page.get_by_role("button", name="Details of job").click()
    expect(page.get_by_role("dialog")).to_contain_text("photos/" + SCRIPT)  # the argument, a file's name
    expect(page.get_by_role("dialog")).to_contain_text(f"Traceback: {SCRIPT}")
    page.keyboard.press("Escape")
    page.goto(f"{gateway.url}#failed")
    page.get_by_role("button", name="Details of failed job").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Traceback: {SCRIPT}")
    page.keyboard.press("Escape")
    page.goto(f"{gateway.url}#crashes")
    page.locator("summary").click()
    expect(page.get_by_role("region", name="Last output")).to_have_text(SCRIPT)
    assert page.evaluate("window.owned") is None
    expect(page.locator("img[onerror]")).to_have_count(0)


def fail_with_script(house: House) -> None:
    payload = json.dumps({"args": {"source": f"photos/{SCRIPT}"}}).encode()
    job = NewJob(id=f"j {SCRIPT}", name="app.jobs.import", queue=f"q {SCRIPT}", payload=payload, tries=1)
    now = house.clock.epoch()
    house.driver.push([job], now=now)
    (claim,) = house.driver.claim([job.queue], worker="images:1@1.a", limit=1, now=now)
    end = Finish(
        job_id=claim.id,
        token=claim.token,
        outcome=JobState.FAILED,
        error=f"ValueError: {SCRIPT}",
        traceback=f"Traceback: {SCRIPT}",
    )
    house.driver.settle([end], now=now)
