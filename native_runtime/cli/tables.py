"""The documents of the JSON API as tables for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from native_runtime.cli.output import counted, moment, print_table, say, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from native_runtime.gateway.snapshot import Document

BAR_WIDTH: Final = 10  # characters
ERROR_WIDTH: Final = 80  # characters of an error in a list; the whole is in --json and in the panel
FAILED_WIDTH: Final = 120  # columns; in fewer, a table of failed jobs breaks its words


def print_runtime(runtime: Document) -> None:
    """The app in a line, the link to its panel, and one line per problem."""
    health = "healthy" if runtime["healthy"] else "not healthy"
    say(f"{runtime['app']}: pid {runtime['pid']}, up {seconds(runtime['uptime'])}, {health}")
    say(f"Status panel: {runtime['link']}")
    for problem in runtime["problems"]:
        say(f"  ! {problem}")


def print_children(children: Iterable[Document], paces: Mapping[str, float] | None = None) -> None:
    """One row per child; with `paces`, jobs per second by its name, also those."""
    per_second = () if paces is None else ("jobs/s",)
    print_table(
        "Children",
        ("name", "state", "pid", "up", "restarts", "MB", "done", "failed", *per_second, "job", "last exit"),
        (
            (
                child["name"],
                child["state"],
                child["pid"],
                seconds(child["uptime"]),
                child["restarts"],
                child["rss_mb"],
                child.get("jobs_done"),
                child.get("jobs_failed"),
                *(() if paces is None else (_rate(paces.get(child["name"])),)),
                child["job"]["name"] if child["job"] else None,
                child["last_exit"]["reason"] if child["last_exit"] else None,
            )
            for child in children
        ),
        empty="No children.",
    )


def print_scaling(workers: Iterable[Document]) -> None:
    """One line per worker whose number of processes is not simply that of workers.toml."""
    for worker in workers:
        has = f"{worker['name']}: {counted(worker['processes'], 'process', 'processes')}"
        if worker["scaling"] == "auto":
            say(f"{has}, {worker['min']} to {worker['max']} by its jobs")
        elif worker["scaling"] == "hand":
            say(f"{has}, by hand; `native-runtime worker:scale {worker['name']} auto` undoes it")


def print_queues(queues: Iterable[Document]) -> None:
    """One row per queue."""
    print_table(
        "Queues",
        ("name", "ready", "delayed", "running", "failed", "oldest", "paused"),
        (
            (
                queue["name"],
                queue["ready"],
                queue["delayed"],
                queue["running"],
                queue["failed"],
                seconds(queue["oldest_age"]),
                queue.get("paused_by") or queue["paused"],
            )
            for queue in queues
        ),
        empty="No queue has open or failed jobs, or is paused.",
    )


def print_jobs(page: Document) -> None:
    """One row per job, and how many there are beside these."""
    jobs = page["jobs"]
    print_table(
        "Jobs",
        ("id", "job", "queue", "state", "progress", "attempts", "worker", "created at (UTC)", "error"),
        (
            (
                job["id"],
                job["job"],
                job["queue"],
                job["state"],
                progress_bar(job["progress"], job["progress_note"]),
                job["attempts"],
                job["worker"],
                moment(job["created_at"]),
                shortened(job["error"]),
            )
            for job in jobs
        ),
        empty="No such jobs.",
    )
    if jobs and page["total"] > len(jobs):
        say(f"{len(jobs)} of {page['total']}; --limit and --offset show others.")


def print_job(job: Document) -> None:
    """Everything about one job, a line for each fact."""
    long = ("traceback", "error")
    for key, value in job.items():
        if key not in long and value not in (None, "", [], False):
            say(f"{key:14}{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    for key in long:
        if job[key]:
            say(f"\n{key}:\n{job[key]}")


def print_failed(jobs: Sequence[Document], *, columns: int) -> None:
    """One row per failed job, or four lines where the screen is narrower than a row."""
    if jobs and columns < FAILED_WIDTH:
        say("\n\n".join(_failed_block(job, columns=columns) for job in jobs))
        return
    print_table(
        "Failed jobs",
        ("id", "job", "queue", "outcome", "attempts", "failed at (UTC)", "error"),
        (
            (
                job["id"],
                job["job"],
                job["queue"],
                job["outcome"],
                job["attempts"],
                moment(job["failed_at"]),
                shortened(job["error"]),
            )
            for job in jobs
        ),
        empty="No failed jobs.",
    )


def print_batches(batches: Iterable[Document]) -> None:
    """One row per batch."""
    print_table(
        "Batches",
        ("id", "name", "status", "done", "pending", "failed", "cancelled", "begun at (UTC)"),
        (
            (
                batch["id"],
                batch["name"],
                batch["status"],
                f"{progress_bar(batch['progress'])} of {batch['total']}",
                batch["pending"],
                batch["failed"],
                batch["cancelled"],
                moment(batch["created_at"]),
            )
            for batch in batches
        ),
        empty="No batches.",
    )


def print_batch(batch: Document) -> None:
    """A batch, and one row for each of the jobs that the document holds."""
    print_batches([batch])
    say()
    print_table(
        f"{len(batch['jobs'])} of its {counted(batch['total'], 'job')}",
        ("id", "job", "queue", "state", "attempts", "error"),
        (
            (job["id"], job["job"], job["queue"], job["state"], job["attempts"], shortened(job["error"]))
            for job in batch["jobs"]
        ),
        empty="It has no jobs.",
    )


def print_crashes(crashes: Iterable[Document]) -> None:
    """One row per crash report."""
    print_table(
        "Crashes",
        ("id", "child", "reason", "exit code", "signal", "job", "at (UTC)"),
        (
            (
                crash["id"],
                crash["child"],
                crash["reason"],
                crash["exit_code"],
                crash["signal"],
                crash["job"]["name"] if crash["job"] else None,
                moment(crash["at"]),
            )
            for crash in crashes
        ),
        empty="No crashes.",
    )


def progress_bar(part: float | None, note: str = "") -> str | None:
    """`[###.......] 30% note`, in letters that every terminal has; None where nothing is known."""
    if part is None:
        return None
    done = round(max(0.0, min(part, 1.0)) * BAR_WIDTH)
    return f"[{'#' * done}{'.' * (BAR_WIDTH - done)}] {part:.0%} {note}".rstrip()


def shortened(error: str, width: int = ERROR_WIDTH) -> str:
    """The first line, cut with an ellipsis where it has more than `width` characters."""
    line = error.partition("\n")[0].rstrip()
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def _rate(per_second: float | None) -> str | None:
    return None if per_second is None else f"{per_second:.{1 if per_second < 10 else 0}f}"  # noqa: PLR2004 - a tenth matters below


def _failed_block(job: Document, *, columns: int) -> str:
    tried = counted(job["attempts"], "attempt")
    return (
        f"{job['id']}\n"
        f"  {job['job']} of queue {job['queue']}\n  {job['outcome']} after {tried}, {moment(job['failed_at'])} UTC\n"
        f"  {shortened(job['error'], columns - 2)}"
    )
