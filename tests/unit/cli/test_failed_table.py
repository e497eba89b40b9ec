from typing import Any

import pytest

from native_runtime.cli.tables import print_failed

JOB: dict[str, Any] = {
    "id": "01981f2c3d4e5f60718293a4b5c6d7e8",
    "job": "app.jobs.make_thumbnail",
    "queue": "images",
    "outcome": "failed",
    "attempts": 3,
    "failed_at": "2026-01-31T12:00:00+00:00",
    "error": "OSError: the disk that holds the thumbnails is full, and nothing more can be written to it\nmore",
}


def test_failed_jobs_on_a_narrow_screen_are_blocks_with_whole_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_failed([JOB, {**JOB, "attempts": 1}], columns=60)
    assert capsys.readouterr().out == (
        "01981f2c3d4e5f60718293a4b5c6d7e8\n"
        "  app.jobs.make_thumbnail of queue images\n"
        "  failed after 3 attempts, 2026-01-31 12:00:00 UTC\n"
        "  OSError: the disk that holds the thumbnails is full, and…\n"
        "\n"
        "01981f2c3d4e5f60718293a4b5c6d7e8\n"
        "  app.jobs.make_thumbnail of queue images\n"
        "  failed after 1 attempt, 2026-01-31 12:00:00 UTC\n"
        "  OSError: the disk that holds the thumbnails is full, and…\n"
    )


def test_failed_jobs_on_a_wide_screen_are_a_row_each(capsys: pytest.CaptureFixture[str]) -> None:
    print_failed([JOB], columns=240)
    title, _, row = capsys.readouterr().out.splitlines()
    assert title.strip() == "Failed jobs"
    assert row.startswith(JOB["id"])


@pytest.mark.parametrize("columns", [60, 240])
def test_without_failed_jobs_it_says_so(columns: int, capsys: pytest.CaptureFixture[str]) -> None:
    print_failed([], columns=columns)
    assert capsys.readouterr().out == "No failed jobs.\n"
