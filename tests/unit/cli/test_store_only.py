import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import native_runtime
from native_runtime.cli.main import main
from native_runtime.queue.batch_record import NewBatch
from native_runtime.queue.driver import Finish, JobFilter, QueueDriver
from native_runtime.queue.job import NewJob
from native_runtime.queue.state import JobState

NOW = 1_750_000_000.0


@pytest.fixture
def store(data: Path) -> Iterator[QueueDriver]:
    """The store of an app that does not run: two images wait, one mail failed."""
    with native_runtime.connect(data.parent / "workers.toml") as connection:
        driver = connection.driver
        driver.push(
            [NewJob(id=f"image-{number}", name="jobs.thumb", queue="images") for number in (1, 2)], now=NOW
        )
        for job_id in ("mail-1", "mail-2"):
            driver.push([NewJob(id=job_id, name="jobs.mail", queue="mail")], now=NOW)
            (claim,) = driver.claim(["mail"], worker="w", limit=1, now=NOW)
            failure = Finish(
                job_id=job_id, token=claim.token, outcome=JobState.FAILED, error="OSError: no route"
            )
            assert driver.settle([failure], now=NOW) == [True]
        yield driver


def printed_json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("store")
def test_status_without_an_app_shows_the_queues_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runtime:status", "--json"]) == 1
    document = printed_json(capsys)
    assert (document["runtime"], document["children"]) == (None, [])
    assert {queue["name"]: (queue["ready"], queue["failed"]) for queue in document["queues"]} == {
        "images": (2, 0),
        "mail": (0, 2),
    }
    assert main(["runtime:status"]) == 1
    assert "No app is running here" in capsys.readouterr().out


@pytest.mark.usefixtures("store")
def test_queue_status_is_the_list_of_queues(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["queue:status", "--json"]) == 0
    keys = {"name", "ready", "delayed", "running", "failed", "oldest_age", "paused"}
    assert [keys <= set(queue) for queue in printed_json(capsys)] == [True, True]
    assert main(["queue:status"]) == 0
    assert "images" in capsys.readouterr().out


def test_a_paused_queue_stays_paused_until_it_is_resumed(
    store: QueueDriver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["queue:pause", "images"]) == 0
    assert capsys.readouterr().out == "Paused images.\n"
    assert store.claim(["images"], worker="w", limit=1, now=NOW) == []
    assert main(["queue:resume", "images"]) == 0
    assert len(store.claim(["images"], worker="w", limit=1, now=NOW)) == 1


def test_clear_deletes_what_waits_and_nothing_else(
    store: QueueDriver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["queue:clear", "images", "mail"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Deleted 2 waiting jobs of images.",
        "Deleted 0 waiting jobs of mail.",
    ]
    assert store.find("image-1") is None
    assert store.find("mail-1") is not None


@pytest.mark.usefixtures("store")
def test_failed_lists_the_documented_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["queue:failed", "--json"]) == 0
    failed = printed_json(capsys)
    keys = {"id", "job", "queue", "outcome", "attempts", "error", "traceback", "failed_at"}
    assert [set(job) for job in failed] == [keys, keys]
    assert {job["id"] for job in failed} == {"mail-1", "mail-2"}
    assert failed[0]["outcome"] == "failed"
    assert main(["queue:failed"]) == 0
    assert "OSError: no route" in capsys.readouterr().out


def test_retry_by_id_makes_that_job_ready_and_names_the_unknown(
    store: QueueDriver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["queue:retry", "nobody", "mail-1"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "Retrying mail-1.\n"
    assert "no failed job has the id 'nobody'" in printed.err
    assert [job.state if (job := store.find(name)) else None for name in ("mail-1", "mail-2")] == [
        "ready",
        "failed",
    ]


def test_retry_all_makes_every_failed_job_ready(
    store: QueueDriver, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["queue:retry", "--all"]) == 0
    assert capsys.readouterr().out == "Retrying 2 jobs.\n"
    assert len(store.claim(["mail"], worker="w", limit=9, now=NOW + 1e9)) == 2


def test_forget_deletes_jobs_that_are_over_and_spares_those_that_wait(store: QueueDriver) -> None:
    assert main(["queue:forget", "mail-1"]) == 0
    assert main(["queue:forget", "image-1"]) == 1
    assert store.find("mail-1") is None
    assert store.find("image-1") is not None


def test_flush_deletes_all_failed_jobs(store: QueueDriver, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["queue:flush"]) == 0
    assert capsys.readouterr().out == "Deleted 2 failed jobs.\n"
    assert store.find("mail-2") is None
    assert store.find("image-1") is not None


def test_a_store_that_cannot_be_opened_is_told_in_one_line(
    store: QueueDriver, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.close()
    for file in data.glob("queue.sqlite3*"):
        file.unlink()
    (data / "queue.sqlite3").mkdir()
    assert main(["queue:status"]) == 1
    complaint = capsys.readouterr().err
    assert str(data / "queue.sqlite3") in complaint
    assert complaint.count("\n") == 1


@pytest.fixture
def batches(store: QueueDriver) -> list[str]:
    """Two batches, the newer with a name; the ids of the jobs of the newer."""
    store.batches.push(NewBatch(id="old", jobs=(NewJob(name="jobs.thumb"),)), now=NOW)
    jobs = tuple(NewJob(name="jobs.thumb", queue="scan") for _ in range(3))
    pushed = store.batches.push(NewBatch(id="new", jobs=jobs, name="holiday"), now=NOW)
    return [each.id for each in pushed]


@pytest.mark.usefixtures("batches")
def test_batches_are_listed_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["queue:batches", "--json"]) == 0
    assert [(each["id"], each["name"], each["pending"]) for each in printed_json(capsys)] == [
        ("new", "holiday", 3),
        ("old", "", 1),
    ]
    assert main(["queue:batches"]) == 0
    assert "holiday running [..........] 0% of 3" in " ".join(capsys.readouterr().out.split())


def test_one_batch_is_shown_with_its_jobs(batches: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["queue:batch", "new", "--json"]) == 0
    assert [job["id"] for job in printed_json(capsys)["jobs"]] == batches
    assert main(["queue:batch", "new"]) == 0
    printed = capsys.readouterr().out
    assert "3 of its 3 jobs" in printed
    assert all(job_id in printed for job_id in batches)
    assert main(["queue:batch", "newer"]) == 1
    assert "no batch has the id 'newer'; `native-runtime queue:batches`" in capsys.readouterr().err


def test_jobs_and_batches_are_cancelled_by_their_ids(
    store: QueueDriver, batches: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["queue:cancel", "image-1", "new", "gone", "mail-1"]) == 1
    told = capsys.readouterr()
    assert told.out == "Cancelled image-1.\nCancelled new.\n"
    assert [line.partition(";")[0] for line in told.err.splitlines()] == [
        "native-runtime: no job or batch that is open has the id 'gone'",
        "native-runtime: no job or batch that is open has the id 'mail-1'",
    ]
    cancelled = JobFilter(states=(JobState.CANCELLED,))
    assert {job.id for job in store.select(cancelled)} == {"image-1", *batches}
