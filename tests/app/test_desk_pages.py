"""The desk's addresses, asked without a gateway before them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from PIL import Image

from app.desk.pages import STATIC, desk_pages
from app.desk.service import Desk
from app.jobs import import_photo, scan_folder
from app.photo import Photo
from native_runtime.queue import JobState
from native_runtime.queue.driver import Finish
from native_runtime.queue.events import JobFailed
from native_runtime.testing.queue import FakeQueue

PHOTO = Photo(id="photo-a", path="/p/a.jpg", size=9, width=4, height=3, fingerprint=2**60 + 1)


@pytest.fixture
def desk(data_folder: Path) -> Iterator[Desk]:
    desk = Desk(data_folder)
    yield desk
    desk.close()


class PageClient:
    """Asks the pages as a browser would, without a server."""

    def __init__(self, desk: Desk) -> None:
        self._transport = httpx.ASGITransport(app=desk_pages(lambda: desk))

    def get(self, address: str) -> httpx.Response:
        return asyncio.run(self._ask("GET", address, None))

    def post(self, address: str, json: object = None) -> httpx.Response:
        return asyncio.run(self._ask("POST", address, json))

    async def _ask(self, method: str, address: str, body: object) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport, base_url="http://desk") as client:
            return await client.request(method, address, json=body)


@pytest.fixture
def page(desk: Desk) -> PageClient:
    return PageClient(desk)


def test_page_and_its_files_are_served_with_types_browsers_accept(page: PageClient) -> None:
    assert "Photo Desk" in page.get("/").text
    for path in STATIC.iterdir():
        kind = page.get(f"/static/{path.name}").headers["content-type"]
        assert kind.startswith(("text/javascript", "text/css", "image/svg+xml", "text/html"))


def test_page_holds_no_inline_script_or_style() -> None:
    markup = (STATIC / "index.html").read_text(encoding="utf-8")

    assert " style=" not in markup
    assert "<style" not in markup
    assert markup.count("<script") == markup.count("<script src=") + markup.count(
        '<script type="module" src='
    )


def test_photos_come_by_cursor(desk: Desk, page: PageClient) -> None:
    desk.catalogue.put(PHOTO)
    first = page.get("/photos").json()
    desk.catalogue.put(replace(PHOTO, id="photo-b", path="/p/b.jpg"))

    assert [photo["name"] for photo in first["photos"]] == ["a.jpg"]
    assert "fingerprint" not in first["photos"][0]
    second = page.get(f"/photos?after={first['cursor']}").json()
    assert [photo["id"] for photo in second["photos"]] == ["photo-b"]
    assert page.get(f"/photos?after={second['cursor']}").json() == {
        "photos": [],
        "cursor": second["cursor"],
        "more": False,
    }


@pytest.mark.parametrize(
    "address", ["/photos?after=-1", "/photos?after=x", "/similar?most=17", "/similar?most="]
)
def test_number_that_is_none_is_refused_with_what_was_expected(page: PageClient, address: str) -> None:
    answer = page.get(address)

    assert answer.status_code == 400
    assert "expected a whole number from 0 to" in answer.json()["error"]


def test_lookalikes_are_grouped_by_how_far_they_may_differ(desk: Desk, page: PageClient) -> None:
    desk.catalogue.put(PHOTO)
    desk.catalogue.put(replace(PHOTO, id="photo-b", path="/p/b.jpg", fingerprint=2**60 + 6))

    assert page.get("/similar?most=3").json() == {"groups": [["photo-a", "photo-b"]]}
    assert page.get("/similar?most=2").json() == {"groups": []}


def test_folder_is_taken_and_scanned(page: PageClient, tmp_path: Path, fake_queue: FakeQueue) -> None:
    answer = page.post("/folders", json={"path": f"  {tmp_path} "})

    assert answer.status_code == 202
    fake_queue.assert_dispatched(scan_folder, times=1, where=lambda folder: folder == tmp_path)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"path": "/no such folder"}, "there is no such folder"),
        ({"path": "Pictures"}, "give the full path"),
        ({"path": str(STATIC / "index.html")}, "this is a file"),
        ({"path": 7}, "expected a JSON object with 'path'"),
        ([], "expected a JSON object with 'path'"),
    ],
)
def test_what_is_no_folder_is_refused_in_words(
    page: PageClient, fake_queue: FakeQueue, body: object, problem: str
) -> None:
    answer = page.post("/folders", json=body)

    assert answer.status_code == 400
    assert problem in answer.json()["error"]
    fake_queue.assert_nothing_dispatched()


def test_without_a_window_there_is_nothing_to_choose_or_drop_on(page: PageClient) -> None:
    for address, body in (("/folders/choose", {}), ("/folders/dropped", {"names": ["a"]})):
        answer = page.post(address, json=body)
        assert answer.status_code == 409
        assert "path instead" in answer.json()["error"]
    assert page.get("/progress").json()["can_choose"] is False


def test_folder_is_chosen_in_the_window(
    desk: Desk, page: PageClient, tmp_path: Path, fake_queue: FakeQueue
) -> None:
    answers = iter([None, tmp_path])
    desk.choose_folder = lambda: next(answers)

    assert page.get("/progress").json()["can_choose"] is True
    assert page.post("/folders/choose").json() == {"folders": []}
    fake_queue.assert_nothing_dispatched()
    assert page.post("/folders/choose").json() == {"folders": [str(tmp_path)]}
    fake_queue.assert_dispatched(scan_folder, times=1)


@pytest.mark.usefixtures("fake_queue")
def test_dropped_files_stand_for_their_folder_once(desk: Desk, page: PageClient, tmp_path: Path) -> None:
    def dropped(names: Sequence[str]) -> list[Path]:
        return [tmp_path / name for name in names]

    desk.dropped = dropped
    answer = page.post("/folders/dropped", json={"names": ["a.jpg", "b.jpg"]})

    assert answer.json() == {"folders": [str(tmp_path)]}


def test_thumbnail_may_be_kept_for_ever_and_an_original_that_is_gone_says_so(
    page: PageClient, tmp_path: Path
) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    photo = import_photo(tmp_path / "a.png")

    assert page.get(f"/originals/{photo}").headers["content-type"] == "image/png"
    thumbnail = page.get(f"/thumbnails/{photo}")
    assert thumbnail.headers["content-type"] == "image/jpeg"
    assert "immutable" in thumbnail.headers["cache-control"]

    (tmp_path / "a.png").unlink()
    assert page.get(f"/originals/{photo}").json() == {
        "error": "a.png: the file is gone; it was moved, renamed or deleted"
    }
    assert page.get("/thumbnails/..%2f..%2fqueue.sqlite3").status_code == 404
    assert page.get("/thumbnails/photo-unknown").status_code == 404


def test_failure_is_kept_without_the_name_of_its_class(desk: Desk, page: PageClient) -> None:
    desk.catalogue.want([("photo-a", "/p/a.jpg")])

    desk.note_failure(
        JobFailed(
            job_id="photo-a", job="app.jobs.import_photo", queue="images", worker="images:1", attempt=1,
            outcome="failed", error="Fail: a.jpg: the file is empty",
        )
    )  # fmt: skip

    assert page.get("/progress").json() == {
        "total": 1,
        "done": 0,
        "failed": 1,
        "failures": [
            {
                "id": "photo-a",
                "path": "/p/a.jpg",
                "message": "a.jpg: the file is empty",
                "outcome": "failed",
                "times": 1,
            }
        ],
        "can_choose": False,
    }


def test_resume_asks_again_and_learns_what_failed_while_nobody_listened(
    desk: Desk, fake_queue: FakeQueue
) -> None:
    desk.catalogue.want([("photo-a", "/p/a.jpg"), ("photo-b", "/p/b.jpg")])
    import_photo.options(id="photo-a").dispatch(Path("/p/a.jpg"))
    (claim,) = fake_queue.driver.claim(["images"], worker="images:1", limit=1, now=0)
    fake_queue.driver.settle(
        [Finish(job_id="photo-a", token=claim.token, outcome=JobState.FAILED, error="Fail: a.jpg: gone")],
        now=0,
    )

    desk.resume()

    assert [failure.message for failure in desk.catalogue.failures()] == ["a.jpg: gone"]
    fake_queue.assert_dispatched(import_photo, times=1, where=lambda path: path == Path("/p/b.jpg"))
