"""The panel's API edits workers.toml while a person's editor saves it: it stays whole, and each content is applied at most once."""

from __future__ import annotations

import re
import threading
import tomllib
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from native_runtime.workers.events import ConfigRejected, ConfigReloaded
from native_runtime.workers.loader import load
from tests.support.processes import wait_until
from tests.support.recorder import Recorder

httpx = pytest.importorskip("httpx", reason="the interpreter for Windows under Wine does not have it")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from native_runtime import Runtime


EDITS = 200
EDITS_EVERY = 0.02  # seconds, so that many saves fall among them
SAVES_EVERY = 0.1  # seconds
CONFIG = """\
# Kept at the top.
[runtime]
data_dir = "data"

[queues.images]
concurrency = 1 # kept beside

# Kept between.
[queues.mail]
concurrency = 1
"""
COMMENTS = ("# Kept at the top.", "# kept beside", "# Kept between.")


def save_as_a_person_does(file: Path, over: threading.Event) -> int:
    """Change another key every tenth of a second, by a new file that takes the place of the old one."""
    saves = 0
    while not over.wait(SAVES_EVERY):
        saves += 1
        text = re.sub(r"(\[queues.mail\]\nconcurrency = )\d+", rf"\g<1>{saves}", file.read_text())
        draft = file.with_name("draft")
        draft.write_text(text)
        draft.replace(file)
    return saves


def test_file_that_the_api_and_a_person_edit_at_once_is_never_torn_and_makes_no_reload_of_its_own(
    make_runtime: Callable[..., Runtime], tmp_path: Path
) -> None:
    runtime = make_runtime(CONFIG, gateway=True)
    heard = Recorder(runtime.bus)
    runtime.start()
    file, over, saves = tmp_path / "workers.toml", threading.Event(), [0]
    person = threading.Thread(target=lambda: saves.append(save_as_a_person_does(file, over)))
    person.start()
    answers: Counter[int] = Counter()
    address = urlsplit(runtime.url)
    (token,) = parse_qs(address.query)["token"]
    with httpx.Client(
        base_url=f"{address.scheme}://{address.netloc}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    ) as client:
        for number in range(2, EDITS + 2):
            edit = {"key": "queues.images.concurrency", "value": number}
            answers[client.post("/api/config/edit", json=edit).status_code] += 1
            text = file.read_text()
            tomllib.loads(text)
            assert [comment for comment in COMMENTS if comment not in text] == []
            over.wait(EDITS_EVERY)
    over.set()
    person.join()

    wait_until(lambda: runtime.config == load(file, environ={}))
    heard.wait_for(ConfigReloaded)
    writes, reloads = answers[200] + saves[-1], len(heard.all(ConfigReloaded))
    assert set(answers) <= {200, 409}  # 409: the person gave the key its old value back at the same time
    assert answers[200] > 0
    assert saves[-1] > 0
    assert 0 < reloads <= writes
    assert heard.all(ConfigRejected) == []
    print(f"{EDITS} edits: {dict(answers)}, {saves[-1]} saves, {reloads} reloads")
