"""The status panel as a person uses it."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from native_runtime.processes.crash_report import CrashReport, write_report
from native_runtime.processes.events import CrashReported, ProcessReady, ProcessStateChanged
from native_runtime.processes.state import ChildState
from native_runtime.queue.batch_record import NewBatch
from native_runtime.queue.driver import Ack, Finish
from native_runtime.queue.events import JobFailed, JobProgress, JobStarted, JobSucceeded
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState
from tests.support.gateway_house import House, PretendActivity, child, crash

if TYPE_CHECKING:
    from native_runtime.gateway import Gateway
    from tests.browser.conftest import Wire

pytestmark = pytest.mark.browser

LAST_WORDS = CrashReport(
    id="20260101-api", child="api", reason="crashed", exit_code=3, signal=None, detail="exit code 3",
    at="2026-01-01T12:00:00+00:00", pid=1, uptime=2.0, output=("its last words",),
)  # fmt: skip


def open_panel(page: Page, gateway: Gateway, view: str = "overview", query: str = "") -> None:
    page.goto(f"{gateway.link(f'/{query}')}#{view}")
    expect(page.locator("#connection")).to_have_text("Live")


def row(page: Page, name: str) -> Locator:
    return page.locator("tr").filter(
        has=page.get_by_role("rowheader", name=re.compile(rf"^{re.escape(name)}\b"))
    )


def push(house: House, *job_ids: str, queue: str = "images") -> None:
    jobs = [NewJob(id=each, name="app.jobs.thumbnail", queue=queue, tries=3) for each in job_ids]
    house.driver.push(jobs, now=house.clock.epoch())


def fail(house: House, job_id: str) -> None:
    push(house, job_id)
    now = house.clock.epoch()
    (claim,) = house.driver.claim(["images"], worker="images:1@1.a", limit=1, now=now)
    finish = Finish(
        job_id=claim.id,
        token=claim.token,
        outcome=JobState.FAILED,
        error="ValueError: not a photo",
        traceback="Traceback …",
    )
    house.driver.settle([finish], now=now)


def test_page_shows_workers_processes_and_queues(house: House, gateway: Gateway, page: Page) -> None:
    push(house, "a", "b")
    open_panel(page, gateway)
    expect(page).to_have_title("Photo Desk")
    expect(page.locator("#health")).to_have_text("Healthy")
    expect(row(page, "images:1")).to_contain_text("busy")
    expect(row(page, "images:1")).to_contain_text("pid 4711")
    expect(row(page, "images:1")).to_contain_text("48 MB / 64 MB")
    expect(row(page, "images:1")).to_contain_text("thumbnail")
    expect(row(page, "api")).to_contain_text("running")
    queue = page.get_by_role("table", name="Queues").get_by_role("row").nth(1)
    expect(queue.get_by_role("cell").nth(1)).to_have_text("2")
    assert "token" not in page.url


def test_event_is_seen_without_reloading(house: House, gateway: Gateway, page: Page) -> None:
    open_panel(page, gateway)
    died = replace(
        child("api", ChildState.CRASH_LOOPING), pid=None, uptime=None, last_exit=crash(), retry_in=60.0
    )
    house.supervisor.add(died)
    house.bus.publish(ProcessStateChanged(name="api", state="crash_looping", pid=None))
    expect(row(page, "api")).to_contain_text("crash looping")
    expect(page.locator("#health")).to_have_text("1 problem")
    expect(page.locator("#problems")).to_contain_text("SIGSEGV in mid-job")
    page.get_by_role("button", name="Start api", exact=True).click()
    expect(row(page, "api")).to_contain_text("running")
    assert [(verb, name) for verb, name, *_ in house.supervisor.asked] == [("restart", "api")]


def test_a_worker_shows_its_jobs_a_second_and_never_an_absurd_number(
    house: House, gateway: Gateway, page: Page
) -> None:
    def works(*, uptime: float, done: int, pid: int = 4711) -> None:
        house.supervisor.add(replace(child("images:1", worker="images"), pid=pid, uptime=uptime))
        house.fleet.work.doing["images:1"] = PretendActivity(done=done, failed=3)
        house.bus.publish(ProcessStateChanged(name="images:1", state="busy", pid=pid))

    open_panel(page, gateway)
    cell = row(page, "images:1").locator("[data-label='Jobs/s']")
    rate, counts = cell.locator("span").first, cell.locator(".sub")
    expect(rate).to_have_text("–")  # nobody knows when the first ones were done
    expect(counts).to_have_text("1,204 · 3 failed")
    works(uptime=129.0, done=1254)
    expect(rate).to_have_text("13")
    works(uptime=129.5, done=9999)
    expect(counts).to_have_text("9,999 · 3 failed")
    expect(rate).to_have_text("13")  # half a second is too short to tell
    works(uptime=4.0, done=3, pid=4712)
    expect(rate).to_have_text("1.5")  # a fresh process did all of its jobs since
    expect(cell.locator("polyline")).to_have_attribute("points", re.compile(r"\d"))
    works(uptime=8.0, done=1, pid=4712)
    expect(rate).to_have_text("–")
    works(uptime=10.0, done=1, pid=4712)
    expect(rate).to_have_text("0")
    for name in ("images:2", "api"):
        expect(row(page, name).locator("[data-label='Jobs/s']")).to_have_text("–")


def test_queue_is_paused_and_resumed(house: House, gateway: Gateway, page: Page) -> None:
    push(house, "a")
    open_panel(page, gateway)
    page.get_by_role("button", name="Pause queue images", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="images is paused")).to_be_visible()  # goes by itself
    expect(row(page, "images").last).to_contain_text("paused")
    assert house.driver.counts(now=house.clock.epoch())[0].paused
    page.get_by_role("button", name="Resume queue images", exact=True).click()
    expect(row(page, "images").last).to_contain_text("open")
    assert not house.driver.counts(now=house.clock.epoch())[0].paused


def test_clearing_a_queue_asks_first(house: House, gateway: Gateway, page: Page) -> None:
    push(house, "a", "b")
    open_panel(page, gateway)
    clear = page.get_by_role("button", name="Clear queue images", exact=True)
    clear.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("2 waiting jobs")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert len(house.driver.counts(now=house.clock.epoch())) == 1
    clear.click()
    dialog.get_by_role("button", name="Delete jobs", exact=True).click()
    expect(page.get_by_text("No jobs yet")).to_be_visible()
    assert house.driver.find("a") is None


def test_worker_is_scaled_and_stopped_and_started(house: House, gateway: Gateway, page: Page) -> None:
    open_panel(page, gateway)
    page.get_by_role("button", name="One process more for images").click()
    expect(page.get_by_role("group", name="Processes of images")).to_contain_text("3 processes")
    group = page.locator("tr.group", has_text="images")
    expect(group).to_contain_text("by hand")
    page.get_by_role("button", name="Let the number of processes of images follow its jobs").click()
    expect(group).to_contain_text("auto, 1 to 4")
    page.get_by_role("button", name="Stop worker images", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Stop worker", exact=True).click()
    page.get_by_role("button", name="Start worker images", exact=True).click()
    expect(page.get_by_role("button", name="Stop worker images", exact=True)).to_be_visible()
    assert [asked[0] for asked in house.fleet.asked] == ["scale", "scale", "down", "up"]
    assert all(str(asked[-1]).startswith("panel:") for asked in house.fleet.asked)


def test_failed_job_is_shown_with_its_traceback_and_retried(
    house: House, gateway: Gateway, page: Page
) -> None:
    open_panel(page, gateway)
    fail(house, "thumb:42")
    house.bus.publish(
        JobFailed(
            job_id="thumb:42", job="app.jobs.thumbnail", queue="images", worker="images:1", attempt=3, outcome="failed",
            error="ValueError: not a photo",
        )
    )  # fmt: skip
    expect(page.get_by_role("link", name="Failed 1")).to_be_visible()
    page.get_by_role("link", name="Failed").click()
    expect(page.locator("#failed")).to_contain_text("ValueError: not a photo")
    page.get_by_role("button", name="Details of failed job app.jobs.thumbnail, thumb:42").click()
    expect(page.get_by_role("region", name="Traceback")).to_have_text("Traceback …")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Retry job thumb:42", exact=True).click()
    expect(page.get_by_text("No failed jobs")).to_be_visible()
    job = house.driver.find("thumb:42")
    assert job is not None
    assert job.state is JobState.READY


def test_refusal_of_an_act_is_told_and_stays(house: House, gateway: Gateway, page: Page) -> None:
    fail(house, "a")
    open_panel(page, gateway, "failed")
    expect(page.get_by_role("button", name="Retry job a", exact=True)).to_be_visible()

    def be_slower(route: Route) -> None:
        """Somebody else was faster, and neither an event nor a look at the list has said so."""
        house.driver.retry(["a"], now=house.clock.epoch())
        route.continue_()

    page.route("**/api/jobs/a/retry", be_slower)
    page.get_by_role("button", name="Retry job a", exact=True).click()
    expect(page.locator(".notice[data-tone=bad]")).to_contain_text("retry")


def test_jobs_are_searched_and_opened_and_cancelled(house: House, gateway: Gateway, page: Page) -> None:
    push(house, "needle", "hay")
    open_panel(page, gateway, "jobs")
    expect(row(page, "Details of job app.jobs.thumbnail, hay")).to_be_visible()
    page.get_by_role("searchbox").fill("needle")
    expect(page.locator("#jobs tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Details of job app.jobs.thumbnail, needle").click()
    expect(page.get_by_role("dialog")).to_contain_text("Arguments")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Cancel job needle", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel job", exact=True).click()
    expect(page.locator("#jobs tbody tr")).to_contain_text("cancelled")
    job = house.driver.find("needle")
    assert job is not None
    assert job.state is JobState.CANCELLED


def test_progress_moves_with_the_events(house: House, gateway: Gateway, page: Page) -> None:
    push(house, "a")
    (claim,) = house.driver.claim(["images"], worker="images:1@1.a", limit=1, now=house.clock.epoch())
    house.driver.set_progress("a", token=claim.token, progress=0.1, note="begins")
    open_panel(page, gateway, "jobs")
    expect(page.locator("#jobs")).to_contain_text("10 % · begins")
    # As a worker does, in this order: a page that reads the list once more is to find it there.
    house.driver.set_progress("a", token=claim.token, progress=0.5, note="half")
    house.bus.publish(
        JobProgress(
            job_id="a", job="app.jobs.thumbnail", queue="images", worker="images:1", progress=0.5, note="half"
        )
    )
    expect(page.locator("#jobs")).to_contain_text("50 % · half")


def test_crash_report_opens_with_the_last_words(house: House, gateway: Gateway, page: Page) -> None:
    open_panel(page, gateway, "crashes")
    expect(page.get_by_text("No crashes")).to_be_visible()
    path = write_report(house.folders.crashes, LAST_WORDS)
    house.bus.publish(CrashReported(name="api", report=LAST_WORDS.id, reason="crashed", path=str(path)))
    page.get_by_text("Report of api", exact=True).click()
    expect(page.get_by_role("region", name="Last output")).to_have_text("its last words")


def test_stream_that_breaks_is_resumed_where_it_was(
    house: House, gateway: Gateway, wire: Wire, page: Page
) -> None:
    open_panel(page, gateway)
    house.bus.publish(JobStarted(job_id="a", job="j", queue="images", worker="images:1", attempt=1))
    expect(page.locator("#connection")).to_have_text("Live")
    wire.cut()
    expect(page.locator("#connection")).to_have_text("Disconnected")
    house.supervisor.add(replace(child("api", ChildState.STOPPED), pid=None, uptime=None))
    house.bus.publish(ProcessStateChanged(name="api", state="stopped", pid=None))
    wire.mend()
    expect(page.locator("#connection")).to_have_text("Live")
    expect(row(page, "api")).to_contain_text("stopped")
    assert re.search(r"[?&]after=\d+", wire.addresses[1])


def test_app_that_is_gone_is_told_and_so_is_a_secret_of_an_earlier_run(
    house: House, gateway: Gateway, page: Page
) -> None:
    open_panel(page, gateway)
    port = httpx.URL(gateway.url).port or 0
    gateway.stop()
    expect(page.locator("#connection")).to_have_text("Disconnected")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(row(page, "api")).to_contain_text("running")  # what was known stays
    expect(page.locator("#health")).to_have_text("Unknown")
    with house.serving(port=port) as again:
        expect(page.get_by_role("alert")).to_contain_text("earlier run")
        page.goto(again.link())
        expect(page.locator("#connection")).to_have_text("Live")
        expect(page.get_by_role("alert")).to_be_hidden()


def test_a_page_of_an_earlier_run_comes_back_once_the_new_run_let_its_person_in(
    house: House, gateway: Gateway, page: Page
) -> None:
    open_panel(page, gateway)
    port = httpx.URL(gateway.url).port or 0
    gateway.stop()
    with house.serving(port=port) as again:
        expect(page.get_by_role("alert")).to_contain_text("earlier run")
        other_tab = page.context.new_page()
        open_panel(other_tab, again)
        expect(page.locator("#connection")).to_have_text("Live")
        expect(page.get_by_role("alert")).to_be_hidden()
        expect(page.locator("#health")).to_have_text("Healthy")


def test_everything_is_read_anew_where_another_run_took_over_unheard(
    house: House, gateway: Gateway, page: Page
) -> None:
    open_panel(page, gateway)
    status = page.evaluate("fetch('/api/status').then((answer) => answer.json())")
    status["runtime"]["pid"] = 99
    write_report(house.folders.crashes, LAST_WORDS)  # and no event says so
    page.route("**/api/status", lambda route: route.fulfill(json=status))
    expect(page.get_by_role("link", name="Crashes 1")).to_be_visible()


def test_stopping_the_app_asks_first(house: House, gateway: Gateway, page: Page) -> None:
    asked = threading.Event()
    house.on_stop_request = asked.set
    open_panel(page, gateway)
    page.get_by_role("button", name="Stop the app…", exact=True).click()
    page.get_by_role("button", name="Keep").click()
    assert not asked.is_set()
    page.get_by_role("button", name="Stop the app…", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Stop the app", exact=True).click()
    assert asked.wait(60)


def test_theme_follows_the_system_until_a_person_chooses(gateway: Gateway, page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    open_panel(page, gateway)
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(root).to_have_attribute("data-theme", "light")
    button = page.get_by_role("button", name="Theme")
    button.click()
    button.click()
    expect(root).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(root).to_have_attribute("data-theme", "dark")


def test_embedded_panel_hides_its_frame(gateway: Gateway, page: Page) -> None:
    open_panel(page, gateway, query="?embed=1")
    expect(page.get_by_role("heading", name="Photo Desk")).to_be_hidden()
    expect(page.get_by_role("button", name="Stop the app…", exact=True)).to_be_hidden()
    expect(row(page, "images:1")).to_be_visible()


def test_data_is_shown_as_text_and_never_as_markup(house: House, gateway: Gateway, page: Page) -> None:
    house.driver.push(
        [NewJob(id="<img src=x onerror=alert(1)>", name="app.<b>jobs</b>.evil", queue="<i>q</i>")],
        now=house.clock.epoch(),
    )
    open_panel(page, gateway, "jobs")
    expect(page.locator("#jobs")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#jobs img, #jobs b, #queues i")).to_have_count(0)


@pytest.mark.parametrize("name", ["reports/daily", "a/../b", "%2F", "what? #1 & 50%", "日本/\\"])
def test_child_of_any_name_is_restarted_and_its_log_is_shown(
    house: House, gateway: Gateway, page: Page, name: str
) -> None:
    house.supervisor.add(child(name))
    house.supervisor.write(name, "its own line")
    open_panel(page, gateway)
    page.get_by_role("button", name=f"Restart {name}", exact=True).click()
    expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("4712")
    assert [asked[:2] for asked in house.supervisor.asked] == [("restart", name)]
    page.get_by_role("link", name=f"Log of {name}", exact=True).click()
    expect(page.locator(".log-line .log-text").last).to_have_text("its own line")


def test_focus_stays_where_it_is_while_the_page_changes(house: House, gateway: Gateway, page: Page) -> None:
    open_panel(page, gateway)
    restart = page.get_by_role("button", name="Restart images:2", exact=True)
    restart.focus()
    house.supervisor.add(child("images:3", worker="images"))
    house.bus.publish(ProcessReady(name="images:3", pid=4714))
    expect(row(page, "images:3")).to_be_visible()
    expect(restart).to_be_focused()


@pytest.mark.parametrize("width", [320, 768, 1280, 3840])
@pytest.mark.parametrize("view", ["overview", "jobs", "batches", "failed", "crashes", "logs", "config"])
def test_nothing_sticks_out_sideways(
    house: House, gateway: Gateway, page: Page, view: str, width: int
) -> None:
    long_name = "an.application.with.very.long.module.names.and_a_function_that_says_everything"
    house.driver.push([NewJob(id="x" * 120, name=long_name, queue="q" * 60)], now=house.clock.epoch())
    house.supervisor.add(child("a-process-with-a-name-that-is-rather-long-" * 2, ChildState.RUNNING))
    fail(house, "f")
    page.set_viewport_size({"width": width, "height": 800})
    open_panel(page, gateway, view)
    expect(page.locator(f"[data-view={view}]")).to_be_visible()
    if view in {"overview", "jobs", "failed"}:
        expect(page.locator(f"[data-view={view}] .title, [data-view={view}] .link").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_batches_are_shown_with_their_progress_and_can_be_cancelled(
    house: House, gateway: Gateway, page: Page
) -> None:
    now = house.clock.epoch()
    jobs = tuple(NewJob(name="app.jobs.thumbnail", queue="images") for _ in range(4))
    house.driver.batches.push(NewBatch(id="batch-1", jobs=jobs, name="Holiday <b>bold"), now=now)
    open_panel(page, gateway, "batches")
    line = row(page, "Details of batch Holiday <b>bold")
    expect(line).to_contain_text("0 % of 4 jobs")
    for claim in house.driver.claim(["images"], worker="images:1@1.a", limit=1, now=now):
        house.driver.settle([Ack(job_id=claim.id, token=claim.token)], now=now)
    house.bus.publish(
        JobSucceeded(
            job_id="j1", job="app.jobs.thumbnail", queue="images", worker="w", attempt=1, runtime=1.0
        )
    )
    expect(line).to_contain_text("25 % of 4 jobs")
    page.get_by_role("button", name="Details of batch Holiday <b>bold").click()
    details = page.get_by_role("dialog")
    expect(details).to_contain_text("Its jobs")
    expect(details).to_contain_text("j1 thumbnail success")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cancel batch Holiday <b>bold", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("3 jobs will not run")
    page.get_by_role("button", name="Cancel batch", exact=True).click()
    expect(line).to_contain_text("cancelled")
    expect(page.get_by_role("button", name="Cancel batch Holiday <b>bold", exact=True)).to_be_hidden()
    found = house.driver.batches.find("batch-1")
    assert found is not None
    assert (found.status, found.cancelled) == ("cancelled", 3)


def test_without_batches_the_panel_says_what_would_stand_there(gateway: Gateway, page: Page) -> None:
    open_panel(page, gateway, "batches")
    expect(page.locator("#batches")).to_contain_text("No batches")
    expect(page.get_by_role("table", name="Batches")).to_be_hidden()
