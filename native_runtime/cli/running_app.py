"""The running app, by the JSON API of its gateway."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

import click

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from native_runtime.gateway.snapshot import Document
    from native_runtime.queue.driver import JobFilter

PATIENCE: Final = 60.0  # seconds; stopping a child may take its whole grace period
NO_SUCH_JOB: Final = (404, 409)  # unknown, or not in a state where that can be done
LARGEST_PAGE: Final = 1000  # batches; the gateway gives no more at once
LOOPBACK: Final = "http://127.0.0.1:"

# Never through a proxy that the environment names: the gateway is on this machine, and the secret stays here.
_opener = build_opener(ProxyHandler({}))


def find(endpoint: Path) -> RunningApp | None:
    """The app that wrote `endpoint`, or None if it does not run any more.

    Raises:
        ClickException: Something lives under its pid and does not answer.
    """
    import psutil

    try:
        facts = json.loads(endpoint.read_text("utf-8"))
        app = RunningApp(url=str(facts["url"]), token=str(facts["token"]), pid=int(facts["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # never written, removed, or half a file of another version
    if not app.url.startswith(LOOPBACK) or not psutil.pid_exists(app.pid):
        return None
    return app if app.answers() else None


class RunningApp:
    """Speaks to one gateway.

    Args:
        url: Its address, on 127.0.0.1.
        token: The secret of this run.
        pid: Of the app.
    """

    def __init__(self, *, url: str, token: str, pid: int) -> None:
        self.url = url.rstrip("/")
        self.pid = pid
        self._token = token

    @property
    def panel(self) -> str:
        """The address to open in a browser, secret included."""
        return f"{self.url}/?token={quote(self._token)}"

    def answers(self) -> bool:
        """False if nothing listens there: the app was killed, and its pid may be another program's by now."""
        try:
            self._ask("GET", "/healthz")
        except HTTPError:
            return True  # 503 says degraded, which is an answer
        except URLError as error:
            if isinstance(error.reason, ConnectionRefusedError):
                return False
            raise self._silent(error) from error
        return True

    def status(self) -> Document:
        """`GET /api/status`, and in `runtime` the panel's `link`, which the gateway tells nobody."""
        document = cast("Document", self.get("/api/status"))
        return {**document, "runtime": {**document["runtime"], "link": self.panel}}

    def jobs(self, which: JobFilter) -> Document:
        """`GET /api/jobs`."""
        wanted = {
            "state": ",".join(which.states or ()),
            "queue": which.queue or "",
            "text": which.text or "",
            "limit": which.limit,
            "offset": which.offset,
        }
        return cast("Document", self.get(f"/api/jobs?{urlencode(wanted, errors='replace')}"))

    def job(self, job_id: str) -> Document | None:
        """`GET /api/jobs/{id}`; None if there is none of this id."""
        return self._find(f"/api/jobs/{_quoted(job_id)}")

    def failed(self) -> list[Document]:
        """`GET /api/failed`."""
        return cast("list[Document]", self.get("/api/failed"))

    def batches(self) -> list[Document]:
        """`GET /api/batches`."""
        return cast("list[Document]", self.get(f"/api/batches?limit={LARGEST_PAGE}")["batches"])

    def batch(self, batch_id: str) -> Document | None:
        """`GET /api/batches/{id}`; None if there is none of this id."""
        return self._find(f"/api/batches/{_quoted(batch_id)}")

    def cancel(self, any_id: str) -> bool:
        """Cancel a job, or a batch with all its jobs; False if none that is open has this id."""
        return self._knows("/api/jobs", any_id, "cancel") or self._knows("/api/batches", any_id, "cancel")

    def pause(self, queue: str) -> None:
        """Let nothing more be taken from a queue."""
        self.post("/api/queues", queue, "pause")

    def resume(self, queue: str) -> None:
        """Open a queue again."""
        self.post("/api/queues", queue, "resume")

    def clear(self, queue: str) -> int:
        """Delete what waits in a queue; returns how many."""
        return int(self.post("/api/queues", queue, "clear")["removed"])

    def retry(self, job_id: str) -> bool:
        """Make a failed job ready again; False if no failed job has this id."""
        return self._knows("/api/jobs", job_id, "retry")

    def retry_all(self) -> int:
        """Make all failed jobs ready again; returns how many."""
        return int(self.post("/api/failed/retry")["retried"])

    def forget(self, job_id: str) -> bool:
        """Delete a job that is over; False if there is none of this id."""
        return self._knows("/api/jobs", job_id, "forget")

    def flush(self) -> int:
        """Delete all failed jobs; returns how many."""
        return int(self.post("/api/failed/flush")["removed"])

    def get(self, path: str) -> Any:
        """What the gateway answers.

        Raises:
            ClickException: It refuses, in its own words, or it does not answer.
        """
        return self._call("GET", path)

    def post(self, path: str, *parts: str, body: Mapping[str, object] | None = None) -> Any:
        """Ask for an action; `parts` are names, quoted into the path.

        Raises:
            ClickException: It refuses, in its own words, or it does not answer.
        """
        return self._call("POST", "/".join((path, *(_quoted(part) for part in parts))), body or {})

    def _find(self, path: str) -> Document | None:
        try:
            return cast("Document", self.get(path))
        except click.ClickException as error:
            if _is_refused(error):
                return None
            raise

    def _knows(self, *parts: str) -> bool:
        try:
            self.post(*parts)
        except click.ClickException as error:
            if _is_refused(error):
                return False
            raise
        return True

    def _call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        try:
            return self._ask(method, path, body)
        except HTTPError as error:
            raise click.ClickException(_sentence(error)) from error
        except URLError as error:
            raise self._silent(error) from error

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "X-Origin": "cli",
            "Content-Type": "application/json",
        }
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data=data, headers=headers, method=method)  # noqa: S310 - see LOOPBACK
        try:
            with _opener.open(request, timeout=PATIENCE) as answer:
                return json.loads(answer.read() or b"null")
        except URLError:
            raise
        except (OSError, HTTPException) as error:  # the app ended before it had answered in full
            raise URLError(error) from error

    def _silent(self, error: URLError) -> click.ClickException:
        return click.ClickException(
            f"the app (pid {self.pid}) does not answer at {self.url}: {error.reason}; wait, or end that process"
        )


def _quoted(part: str) -> str:
    """As one part of a path. A lone surrogate, as of an argument that is no UTF-8, names nothing: it becomes a mark."""
    return quote(part, safe="", errors="replace")


def _is_refused(error: click.ClickException) -> bool:
    return isinstance(error.__cause__, HTTPError) and error.__cause__.code in NO_SUCH_JOB


def _sentence(error: HTTPError) -> str:
    """What the gateway says is wrong, or the bare status."""
    try:
        return str(json.loads(error.read())["error"])
    except (ValueError, KeyError, TypeError):
        return f"the app answered {error.code} {error.reason}"
