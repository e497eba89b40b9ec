import json
import socket
from pathlib import Path
from typing import Any

import pytest

from native_runtime.cli.main import main
from native_runtime.cli.running_app import find
from native_runtime.cli.tables import print_scaling

# Kept in the order in which the gateway is asked.
ACTIONS = [
    (["queue:pause", "images", "mail"], ["POST /api/queues/images/pause", "POST /api/queues/mail/pause"]),
    (["queue:resume", "images"], ["POST /api/queues/images/resume"]),
    (["queue:retry", "thumb:42", "a/b"], ["POST /api/jobs/thumb%3A42/retry", "POST /api/jobs/a%2Fb/retry"]),
    (["queue:forget", "thumb:42"], ["POST /api/jobs/thumb%3A42/forget"]),
    (["queue:cancel", "thumb:42"], ["POST /api/jobs/thumb%3A42/cancel"]),
    (["worker:up", "images"], ["POST /api/workers/images/up"]),
    (["worker:down", "images"], ["POST /api/workers/images/down"]),
    (["worker:restart", "images"], ["POST /api/workers/images/restart"]),
    (["process:stop", "images:1"], ["POST /api/processes/images%3A1/stop"]),
    (["process:restart", "images:1"], ["POST /api/processes/images%3A1/restart"]),
]


@pytest.mark.parametrize(("arguments", "expected"), ACTIONS, ids=lambda value: value[0])
def test_each_command_asks_the_running_app_for_its_action(
    arguments: list[str], expected: list[str], gateway: Any
) -> None:
    assert main(arguments) == 0
    assert [asked for asked, _ in gateway.asked] == expected
    assert gateway.headers["Authorization"] == "Bearer the-secret-of-this-run"
    assert gateway.headers["X-Origin"] == "cli"


def test_an_argument_that_is_no_text_names_no_job(gateway: Any, capsys: pytest.CaptureFixture[str]) -> None:
    gateway.answers["POST /api/jobs/%3F/retry"] = (404, {"error": "no such job"})
    assert main(["queue:retry", "\udcff"]) == 1
    assert r"no failed job has the id '\udcff'" in capsys.readouterr().err


def test_scale_sends_the_number(gateway: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["worker:scale", "images", "1"]) == 0
    assert gateway.asked == [("POST /api/workers/images/scale", {"processes": 1})]
    assert capsys.readouterr().out == "images has 1 process.\n"
    assert main(["worker:scale", "images", "auto"]) == 0
    assert gateway.asked[-1] == ("POST /api/workers/images/scale", {"processes": "auto"})
    assert capsys.readouterr().out == "images has as many processes as workers.toml and its jobs want.\n"


def test_status_tells_whose_number_of_processes_is_not_that_of_the_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def worker(name: str, scaling: str) -> dict[str, Any]:
        return {"name": name, "processes": 2, "scaling": scaling, "min": 1, "max": 4}

    print_scaling([worker("images", "auto"), worker("api", "file"), worker("mail", "hand")])
    assert capsys.readouterr().out.splitlines() == [
        "images: 2 processes, 1 to 4 by its jobs",
        "mail: 2 processes, by hand; `native-runtime worker:scale mail auto` undoes it",
    ]


@pytest.mark.parametrize(
    ("arguments", "asked", "answer"),
    [
        (["queue:clear", "images"], "POST /api/queues/images/clear", {"removed": 3}),
        (["queue:retry", "--all"], "POST /api/failed/retry", {"retried": 3}),
        (["queue:flush"], "POST /api/failed/flush", {"removed": 3}),
    ],
)
def test_counts_come_from_the_app(
    arguments: list[str], asked: str, answer: Any, gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers[asked] = (200, answer)
    assert main(arguments) == 0
    assert " 3 " in capsys.readouterr().out


def test_status_as_json_is_the_document_of_the_app_with_the_link_to_its_panel(
    data: Path, gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"runtime": {"app": "Desk"}, "children": [], "queues": [], "workers": []}
    gateway.answers["GET /api/status"] = (200, document)
    assert main(["runtime:status", "--json"]) == 0
    url = json.loads((data / "endpoint.json").read_text())["url"]
    document["runtime"] = {"app": "Desk", "link": f"{url}?token=the-secret-of-this-run"}
    assert json.loads(capsys.readouterr().out) == document


def test_status_for_people_names_the_app_its_children_and_what_is_wrong(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    child = {
        "name": "default:1",
        "state": "busy",
        "pid": 4711,
        "uptime": 12.0,
        "restarts": 1,
        "rss_mb": 21.5,
        "job": {"id": "x", "name": "app.jobs.[red]thumb", "attempt": 1},
        "last_exit": {"reason": "crashed"},
    }
    runtime = {
        "app": "Desk",
        "pid": 17,
        "uptime": 7300.0,
        "healthy": False,
        "problems": ["mail crashes again and again"],
    }
    queue = {
        "name": "images",
        "ready": 2,
        "delayed": 0,
        "running": 1,
        "failed": 0,
        "oldest_age": 0.25,
        "paused": True,
    }
    gateway.answers["GET /api/status"] = (200, {"runtime": runtime, "children": [child], "queues": [queue]})
    assert main(["runtime:status"]) == 0
    printed = capsys.readouterr().out
    for expected in (
        "Desk: pid 17, up 2.0 h, not healthy",
        "/?token=the-secret-of-this-run\n",
        "! mail crashes again and again",
        "default:1",
        "[red]thumb",  # what a job is called is no markup
        "crashed",
        "images",
        "yes",
    ):
        assert expected in printed


def test_a_refusal_is_told_in_the_words_of_the_app(gateway: Any, capsys: pytest.CaptureFixture[str]) -> None:
    gateway.answers["POST /api/workers/nobody/up"] = (
        404,
        {"error": "no worker is named 'nobody'; known: default"},
    )
    assert main(["worker:up", "nobody"]) == 1
    assert capsys.readouterr().err == "native-runtime: no worker is named 'nobody'; known: default\n"


def test_unknown_jobs_are_named_after_the_known_ones_were_retried(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers["POST /api/jobs/b/retry"] = (404, {"error": "no job is named 'b'"})
    gateway.answers["POST /api/jobs/c/retry"] = (409, {"error": "job c: no transition"})
    assert main(["queue:retry", "a", "b", "c", "d"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "Retrying a.\nRetrying d.\n"
    assert [line.split(";")[0] for line in printed.err.splitlines()] == [
        "native-runtime: no failed job has the id 'b'",
        "native-runtime: no failed job has the id 'c'",
    ]


@pytest.mark.usefixtures("gateway")
def test_a_proxy_of_the_environment_never_sees_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # the discard port: asking it would fail
    assert main(["queue:pause", "images"]) == 0


def test_an_app_that_was_killed_counts_as_not_running(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there, and nobody else can
        port = taken.getsockname()[1]
        endpoint(data, url=f"http://127.0.0.1:{port}/")
        assert find(data / "endpoint.json") is None


@pytest.mark.usefixtures("gateway")
def test_an_endpoint_file_of_a_dead_process_counts_as_not_running(data: Path) -> None:
    document = json.loads((data / "endpoint.json").read_text())
    assert find(data / "endpoint.json") is not None
    endpoint(data, url=document["url"], pid=2**30)
    assert find(data / "endpoint.json") is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"url": "http://127.0.0.1:1/", "token": "t", "pid": "x"}']
)
def test_a_broken_endpoint_file_counts_as_not_running(content: str, data: Path) -> None:
    (data / "endpoint.json").write_text(content)
    assert find(data / "endpoint.json") is None


@pytest.mark.usefixtures("gateway")
def test_the_secret_is_sent_to_no_other_machine(data: Path) -> None:
    document = json.loads((data / "endpoint.json").read_text())
    endpoint(data, url=document["url"].replace("127.0.0.1", "127.0.0.2"))
    assert find(data / "endpoint.json") is None


@pytest.mark.parametrize("arguments", [["worker:up", "a"], ["process:list"], ["runtime:stop"]])
def test_what_needs_the_app_says_that_it_does_not_run(
    arguments: list[str], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    complaint = capsys.readouterr().err
    assert "Desk is not running" in complaint
    assert str(data) in complaint


def endpoint(data: Path, **facts: Any) -> None:
    known = {"token": "t", "pid": 1, "version": "0"}
    (data / "endpoint.json").write_text(json.dumps(known | facts))


def test_what_is_no_open_job_is_cancelled_as_a_batch(
    gateway: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.answers["POST /api/jobs/batch-1/cancel"] = (404, {"error": "no such job"})
    assert main(["queue:cancel", "batch-1"]) == 0
    assert gateway.asked[-1][0] == "POST /api/batches/batch-1/cancel"
    assert capsys.readouterr().out == "Cancelled batch-1.\n"


def test_batches_come_from_the_app(gateway: Any, capsys: pytest.CaptureFixture[str]) -> None:
    gateway.answers["GET /api/batches?limit=1000"] = (200, {"batches": [{"id": "b"}], "total": 1})
    gateway.answers["GET /api/batches/a%2Fb"] = (200, {"id": "a/b", "jobs": []})
    gateway.answers["GET /api/batches/c"] = (404, {"error": "no batch has the id 'c'"})
    assert main(["queue:batches", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"id": "b"}]
    assert main(["queue:batch", "a/b", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"id": "a/b", "jobs": []}
    assert main(["queue:batch", "c"]) == 1
    assert "no batch has the id 'c'" in capsys.readouterr().err
