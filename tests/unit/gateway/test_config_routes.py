"""workers.toml over the API: read, checked, written whole or by the key, and every refusal with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from native_runtime.workers.config_text import digest_of
from native_runtime.workers.own_writes import OWN_WRITES
from tests.support.file_house import TEXT, FileHouse
from tests.support.gateway_house import House
from tests.support.recorder import DEADLINE

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


@pytest.fixture
def house(tmp_path: Path) -> FileHouse:
    return FileHouse(tmp_path)


def test_the_text_is_given_with_its_digest(house: FileHouse, client: httpx.Client) -> None:
    assert client.get("/api/config").json() == {
        "path": str(house.path),
        "text": TEXT,
        "digest": digest_of(TEXT.encode()),
        "problems": [],
        "warnings": [],
    }


def test_an_invalid_file_is_given_with_its_problems(house: FileHouse, client: httpx.Client) -> None:
    house.path.write_text("[workers.images]\ntrys = 3\n")
    (problem,) = client.get("/api/config").json()["problems"]
    assert problem == {
        "line": 2,
        "column": 1,
        "key": "workers.images.trys",
        "text": "unknown key; did you mean 'tries'?",
        "message": "workers.toml:2:1: workers.images.trys: unknown key; did you mean 'tries'?",
    }


def test_what_is_hardly_meant_comes_as_a_warning(house: FileHouse, client: httpx.Client) -> None:
    text = f"{TEXT}[queues.lost]\n"
    house.path.write_text(text)
    assert [each["line"] for each in client.get("/api/config").json()["warnings"]] == [7]
    answer = client.post("/api/config/check", json={"text": text}).json()
    assert [each["key"] for each in answer["warnings"]] == ["queues.lost"]


def test_a_text_is_checked_and_nothing_is_written(house: FileHouse, client: httpx.Client) -> None:
    refused = client.post("/api/config/check", json={"text": "a = 1\na = 2\n"})
    assert refused.status_code == 422
    assert [each["line"] for each in refused.json()["problems"]] == [2]
    assert client.post("/api/config/check", json={"text": ""}).json() == {"ok": True, "warnings": []}
    assert house.path.read_text() == TEXT


def test_a_whole_text_is_written_with_the_origin_of_who_asks(house: FileHouse, client: httpx.Client) -> None:
    new = TEXT.replace("64", "96")
    answer = client.put("/api/config", json={"text": new, "digest": digest_of(TEXT.encode())}).json()
    assert answer == {"ok": True, "digest": digest_of(new.encode()), "warnings": []}
    assert house.path.read_text() == new
    written = OWN_WRITES.find(answer["digest"])
    assert written is not None
    assert written.origin == "test"


def test_an_invalid_text_is_refused_with_every_problem_at_its_place(
    house: FileHouse, client: httpx.Client
) -> None:
    bad = "[workers.images]\nmemory = -1\ntries = 0\n"
    answer = client.put("/api/config", json={"text": bad, "digest": digest_of(TEXT.encode())})
    assert answer.status_code == 422
    assert [(each["line"], each["column"]) for each in answer.json()["problems"]] == [(2, 1), (3, 1)]
    assert house.path.read_text() == TEXT


def test_a_text_that_was_made_from_an_older_one_is_refused(house: FileHouse, client: httpx.Client) -> None:
    theirs = TEXT + "# theirs\n"
    house.path.write_text(theirs)
    answer = client.put("/api/config", json={"text": "", "digest": digest_of(TEXT.encode())})
    assert answer.status_code == 409
    assert answer.json()["digest"] == digest_of(theirs.encode())
    assert "read the file again" in answer.json()["error"]
    assert house.path.read_text() == theirs


def test_one_key_is_set_and_removed(house: FileHouse, client: httpx.Client) -> None:
    edit = {"key": "workers.images.memory", "value": 96}
    digest = client.post("/api/config/edit", json=edit).json()["digest"]
    assert house.path.read_text() == TEXT.replace("64", "96")
    assert digest == digest_of(house.path.read_bytes())
    assert client.post("/api/config/edit", json={"key": "workers.images.memory", "remove": True}).json()["ok"]
    assert house.path.read_text() == TEXT.replace("memory = 64\n", "")


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ({"key": "workers.images.memory", "value": "much"}, "expected a whole number"),
        ({"key": "workers.images.trys", "value": 3}, "did you mean 'tries'"),
        ({"key": "workers.images", "value": 3}, "is a section"),
        ({"key": "workers..images", "value": 3}, "expected the path of a key"),
        ({"key": "workers.images.tries", "remove": True}, "is not in the file"),
    ],
)
def test_an_edit_that_cannot_be_is_refused(
    house: FileHouse, client: httpx.Client, edit: dict[str, object], told: str
) -> None:
    answer = client.post("/api/config/edit", json=edit)
    assert answer.status_code == 422
    assert told in answer.json()["problems"][0]["text"]
    assert house.path.read_text() == TEXT


@pytest.mark.parametrize(
    "body", [{}, {"key": "a.b"}, {"key": "a.b", "value": 1, "remove": True}, {"key": 1, "value": 1}, {"x": 1}]
)
def test_a_body_that_says_nothing_is_refused(client: httpx.Client, body: dict[str, object]) -> None:
    answer = client.post("/api/config/edit", json=body)
    assert answer.status_code == 400
    assert "expected" in answer.json()["error"]


def test_strangers_may_neither_read_nor_write_it(house: FileHouse, stranger: httpx.Client) -> None:
    assert stranger.get("/api/config").status_code == 401
    assert stranger.put("/api/config", json={"text": "", "digest": ""}).status_code == 403
    assert stranger.post("/api/config/edit", json={"key": "a.b", "value": 1}).status_code == 403
    assert house.path.read_text() == TEXT


def test_every_setting_is_given_with_who_said_so(house: FileHouse, client: httpx.Client) -> None:
    settings = {each["key"]: each for each in client.get("/api/config/settings").json()}
    assert settings["workers.images.memory"] == {
        "key": "workers.images.memory",
        "value": 64,
        "origin": "file",
        "line": 6,
        "variable": None,
    }
    assert settings["workers.images.tries"]["origin"] == "default"
    assert settings["runtime.data_dir"]["origin"] == "code"
    assert settings["runtime.data_dir"]["value"] == str(house.folders.data)


def test_an_app_that_was_configured_in_code_has_no_file(tmp_path: Path) -> None:
    import httpx

    house = House(tmp_path)
    with house.serving() as gateway:
        headers = {"Authorization": f"Bearer {gateway.token}"}
        with httpx.Client(base_url=gateway.url, headers=headers, timeout=DEADLINE, trust_env=False) as client:
            answer = client.get("/api/config")
            settings = {each["key"]: each for each in client.get("/api/config/settings").json()}
    assert answer.status_code == 409
    assert "configured in code" in answer.json()["error"]
    assert settings["workers.images.memory"]["origin"] == "code"
    assert settings["workers.images.tries"]["origin"] == "default"
