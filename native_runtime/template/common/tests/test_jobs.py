"""The jobs do what they promise, without a worker."""

from pathlib import Path

import pytest
from native_runtime import JobFailedError
from native_runtime.testing import SyncQueue

from new_app.jobs import Size, measure


def test_a_folder_is_measured_with_all_below_it(sync_queue: SyncQueue, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "here.txt").write_bytes(b"123")
    (tmp_path / "below" / "there.txt").write_bytes(b"4567")
    assert measure.dispatch(tmp_path).result() == Size(files=2, bytes=7)
    sync_queue.assert_none_failed()


def test_an_empty_folder_has_no_size(tmp_path: Path) -> None:
    assert measure(tmp_path) == Size(files=0, bytes=0)


def test_what_is_no_folder_is_not_tried_twice(sync_queue: SyncQueue, tmp_path: Path) -> None:
    handle = measure.dispatch(tmp_path / "nowhere")
    with pytest.raises(JobFailedError, match="is no folder"):
        handle.result()
    assert handle.attempts == 1
