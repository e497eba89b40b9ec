"""The desk's jobs as the plain functions they are, and as what is dispatched."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from app import jobs
from app.jobs import catalogue_of, find_pictures, import_photo, locate, scan_folder, thumbnail_of
from app.photo import Photo
from app.picture import photo_id
from app.sample_photos import Samples
from native_runtime import Fail, NotConfiguredError
from native_runtime.testing.queue import FakeQueue


def make_picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 30), "teal").save(path)
    return path


def test_import_stores_the_photo_and_its_thumbnail(data_folder: Path, tmp_path: Path) -> None:
    path = make_picture(tmp_path / "a b ü.png")

    photo = import_photo(path)

    stored = catalogue_of(data_folder).find(photo)
    assert stored is not None
    assert (stored.path, stored.width, stored.height) == (str(path), 40, 30)
    assert thumbnail_of(data_folder, photo).is_file()


def test_import_twice_changes_nothing(data_folder: Path, tmp_path: Path) -> None:
    path = make_picture(tmp_path / "a.png")

    assert import_photo(path) == import_photo(path)

    assert len(catalogue_of(data_folder).changed_since(0, limit=9)) == 1


@pytest.mark.usefixtures("data_folder")
def test_photo_with_coordinates_asks_for_its_place_once(samples: Samples, fake_queue: FakeQueue) -> None:
    asked = import_photo(samples.good[0])
    import_photo(samples.good[0])

    fake_queue.assert_dispatched(locate, times=1, where=lambda photo: photo == asked)


def test_each_broken_file_fails_for_good_with_its_reason(data_folder: Path, samples: Samples) -> None:
    for path in samples.broken:
        with pytest.raises(Fail, match=path.name):
            import_photo(path)

    assert catalogue_of(data_folder).changed_since(0, limit=9) == []


def test_locate_names_the_nearest_city(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "POLITE_PAUSE", 0.0)
    catalogue = catalogue_of(data_folder)
    catalogue.put(
        Photo(id="p", path="/p.jpg", size=1, width=1, height=1, fingerprint=0, latitude=48.86, longitude=2.3)
    )
    catalogue.put(Photo(id="nowhere", path="/q.jpg", size=1, width=1, height=1, fingerprint=0))

    assert locate("p") == "Paris"
    assert locate("nowhere") is None
    assert locate("gone") is None
    found = catalogue.find("p")
    assert found is not None
    assert found.place == "Paris"


def test_scan_hands_over_each_picture_below_the_folder_once(
    data_folder: Path, tmp_path: Path, fake_queue: FakeQueue
) -> None:
    photos = tmp_path / "photos"
    wanted = [make_picture(photos / name) for name in ("A.JPG", "b.jpeg", "deep/er/c.PnG")]
    for name in (".hidden.jpg", ".trash/d.jpg"):
        make_picture(photos / name)
    (photos / "notes.txt").write_text("no picture")

    assert scan_folder(photos) == 3
    assert scan_folder(photos) == 3

    fake_queue.assert_dispatched(import_photo, times=3)
    assert {call["path"] for call in fake_queue.dispatched(import_photo)} == set(wanted)
    assert dict(catalogue_of(data_folder).open_wants()) == {photo_id(path): str(path) for path in wanted}


@pytest.mark.usefixtures("data_folder")
def test_scan_of_a_folder_that_is_not_there_fails_for_good(tmp_path: Path) -> None:
    with pytest.raises(Fail, match="there is no such folder"):
        scan_folder(tmp_path / "nowhere")


@pytest.mark.usefixtures("data_folder")
def test_scan_of_an_empty_folder_finds_nothing(tmp_path: Path, fake_queue: FakeQueue) -> None:
    assert scan_folder(tmp_path) == 0
    fake_queue.assert_nothing_dispatched()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' file names are always text")
def test_picture_whose_name_is_no_text_is_refused_and_the_others_are_read(
    data_folder: Path, tmp_path: Path, fake_queue: FakeQueue
) -> None:
    good = make_picture(tmp_path / "photos" / "good.png")
    shutil.copyfile(good, os.path.join(os.fsencode(good.parent), b"caf\xe9.png"))  # noqa: PTH118 - bytes

    assert scan_folder(good.parent) == 2

    fake_queue.assert_dispatched(import_photo, times=1, where=lambda path: path == good)
    (failure,) = catalogue_of(data_folder).failures()
    assert failure.message.startswith("caf�.png: the file's name is not valid text")


def test_link_to_a_folder_above_does_not_lead_in_circles(tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "a" / "p.png")
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)

    assert list(find_pictures(tmp_path)) == [picture]


def test_job_outside_a_runtime_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NATIVE_RUNTIME_DATA_DIR", raising=False)

    with pytest.raises(NotConfiguredError, match=r"a job of the photo desk needs a runtime"):
        import_photo(make_picture(tmp_path / "a.png"))
