"""The catalogue keeps what was read, counts rounds of imports, and takes repeats without harm."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from app.library import Catalogue
from app.photo import Failure, Photo, Progress

PHOTO = Photo(id="photo-a", path="/p/a.jpg", size=9, width=4, height=3, fingerprint=2**64 - 1, latitude=1.5)


def wanted(*names: str) -> list[tuple[str, str]]:
    return [(f"photo-{name}", f"/p/{name}.jpg") for name in names]


def photo(name: str) -> Photo:
    return replace(PHOTO, id=f"photo-{name}", path=f"/p/{name}.jpg")


def test_photo_comes_back_as_it_was_put(catalogue: Catalogue) -> None:
    catalogue.put(PHOTO)

    stored = catalogue.find("photo-a")

    assert stored is not None
    assert stored.fingerprint == 2**64 - 1
    assert (stored.path, stored.latitude, stored.place, stored.changed) == ("/p/a.jpg", 1.5, None, 1)
    assert catalogue.fingerprints() == {"photo-a": 2**64 - 1}
    assert catalogue.find("photo-b") is None


def test_repeat_keeps_the_place_and_counts_once(catalogue: Catalogue) -> None:
    catalogue.want(wanted("a"))
    catalogue.put(PHOTO)
    catalogue.locate("photo-a", "Berlin")

    catalogue.put(PHOTO)

    stored = catalogue.find("photo-a")
    assert stored is not None
    assert stored.place == "Berlin"
    assert catalogue.progress() == Progress(total=1, done=1, failed=0)


def test_each_change_is_seen_once_by_cursor(catalogue: Catalogue) -> None:
    for name in "abc":
        catalogue.put(photo(name))
    first = catalogue.changed_since(0, limit=2)
    catalogue.locate("photo-a", "Berlin")

    second = catalogue.changed_since(first[-1].changed, limit=9)

    assert [each.id for each in first] == ["photo-a", "photo-b"]
    assert [each.id for each in second] == ["photo-c", "photo-a"]
    assert catalogue.changed_since(second[-1].changed, limit=9) == []


def test_file_that_changed_replaces_its_earlier_version(catalogue: Catalogue) -> None:
    catalogue.want(wanted("a"))
    catalogue.put(PHOTO)

    catalogue.want([("photo-new", PHOTO.path)])
    assert catalogue.open_wants() == [("photo-new", PHOTO.path)]
    catalogue.put(replace(PHOTO, id="photo-new"))

    assert catalogue.find("photo-a") is None
    assert [each.id for each in catalogue.changed_since(0, limit=9)] == ["photo-new"]


def test_file_that_changed_while_it_waited_leaves_nothing_open(catalogue: Catalogue) -> None:
    catalogue.want(wanted("a"))

    catalogue.put(replace(PHOTO, id="photo-newer"))

    assert catalogue.open_wants() == []
    assert catalogue.progress() == Progress(total=1, done=1, failed=0)


def test_refused_photo_is_a_failure_until_it_is_read(catalogue: Catalogue) -> None:
    catalogue.want(wanted("a", "b"))
    catalogue.refuse("photo-a", "a.jpg: the file is empty", "failed")

    assert catalogue.failures() == [
        Failure(id="photo-a", path="/p/a.jpg", message="a.jpg: the file is empty", outcome="failed")
    ]
    assert catalogue.open_wants() == wanted("b")
    assert catalogue.progress() == Progress(total=2, done=0, failed=1)

    catalogue.put(PHOTO)
    assert catalogue.failures() == []
    assert catalogue.progress() == Progress(total=2, done=1, failed=0)


def test_refusal_that_comes_late_does_not_undo_a_photo(catalogue: Catalogue) -> None:
    catalogue.want(wanted("a"))
    catalogue.put(PHOTO)

    catalogue.refuse("photo-a", "too late", "crashed")
    catalogue.refuse("photo-of-nobody", "nobody wants it", "failed")

    assert catalogue.failures() == []


def test_new_round_begins_only_when_nothing_is_open(catalogue: Catalogue) -> None:
    catalogue.want(wanted("a"))
    catalogue.want(wanted("b"))
    assert catalogue.progress().total == 2

    for name in "ab":
        catalogue.put(photo(name))
    catalogue.want(wanted("a", "c"))

    assert catalogue.progress() == Progress(total=1, done=0, failed=0)


def test_empty_catalogue_has_no_progress(catalogue: Catalogue) -> None:
    assert catalogue.progress() == Progress(total=0, done=0, failed=0)


def test_two_that_write_at_once_both_succeed(tmp_path: Path) -> None:
    def write(letter: str) -> None:
        own = Catalogue(tmp_path)
        for number in range(50):
            own.put(photo(f"{letter}{number}"))
        own.close()

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    catalogue = Catalogue(tmp_path)
    assert [each.changed for each in catalogue.changed_since(0, limit=999)] == list(range(1, 151))
    catalogue.close()
