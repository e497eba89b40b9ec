"""The example in docs/runtime.md pauses, resumes, retries and cancels as the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest

from native_runtime.queue.events import JobFailed, QueuePaused, QueueResumed
from tests.support import jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from native_runtime import Runtime
    from tests.support.recorder import Recorder

PAGE = Path(__file__).resolve().parents[3] / "docs" / "runtime.md"


@pytest.fixture
def act(runtime: Runtime) -> Callable[[str, str, str], Any]:
    found = re.search(
        r"<!-- example: acting\.py -->\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    assert found is not None
    example: dict[str, Any] = {}
    exec(found[1], example)  # noqa: S102 - the page's own code
    return lambda what, name, verb: example["act"](runtime.folders.data, what, name, verb)


def test_the_documented_function_pauses_and_resumes_a_queue(
    act: Callable[[str, str, str], Any], recorder: Recorder
) -> None:
    assert act("queues", "images", "pause") == {"ok": True}
    recorder.wait_for(QueuePaused, queue="images")
    assert act("queues", "images", "resume") == {"ok": True}
    recorder.wait_for(QueueResumed, queue="images")


def test_the_documented_function_retries_cancels_and_forgets_a_job(
    act: Callable[[str, str, str], Any], recorder: Recorder
) -> None:
    handle = jobs.fails.options(id="what:1", tries=1).dispatch("x")
    recorder.wait_for(JobFailed, job_id="what:1")
    assert act("jobs", "what:1", "retry") == {"ok": True}
    recorder.wait_until(lambda events: len([e for e in events if isinstance(e, JobFailed)]) == 2)
    with pytest.raises(HTTPError, match="409"):
        act("jobs", "what:1", "cancel")
    assert act("jobs", handle.id, "forget") == {"ok": True}
    with pytest.raises(HTTPError, match="404"):
        act("jobs", handle.id, "retry")
