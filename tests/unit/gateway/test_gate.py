"""The gate as a client meets it: status codes, cookies, headers, sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from native_runtime.gateway.gate import BODY_LIMIT

if TYPE_CHECKING:
    from native_runtime.gateway import Gateway
    from tests.support.gateway_house import House


def test_request_without_a_secret_is_answered_with_401_and_help(stranger: httpx.Client) -> None:
    response = stranger.get("/api/status")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert "endpoint.json" in response.json()["error"]


def test_request_for_another_host_is_answered_with_403(client: httpx.Client) -> None:
    response = client.get("/api/status", headers={"Host": "evil.example"})
    assert response.status_code == 403
    assert "evil.example" in response.json()["error"]


def test_act_of_a_foreign_page_changes_nothing(
    house: House, gateway: Gateway, stranger: httpx.Client
) -> None:
    stranger.get(gateway.link())  # holds the cookie now
    response = stranger.post("/api/queues/images/pause", headers={"Origin": "http://evil.example"})
    assert response.status_code == 403
    assert house.driver.counts(now=0.0) == []


def test_link_with_the_secret_sets_a_cookie_that_opens_the_panel(
    gateway: Gateway, stranger: httpx.Client
) -> None:
    response = stranger.get(gateway.link("/?embed=1"))
    assert response.status_code == 303
    assert response.headers["Location"] == "/?embed=1"
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    page = stranger.get(response.headers["Location"])
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert stranger.get("/api/status").status_code == 200


def test_answers_tell_browsers_to_load_and_embed_nothing_foreign(client: httpx.Client) -> None:
    headers = client.get("/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'self'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers


def test_unknown_address_is_answered_with_json(client: httpx.Client) -> None:
    response = client.get("/api/nothing")
    assert response.status_code == 404
    assert "/api/nothing" in response.json()["error"]


def test_wrong_method_is_answered_with_the_right_one(client: httpx.Client) -> None:
    response = client.get("/api/failed/flush")
    assert response.status_code == 405
    assert "POST" in response.json()["error"]


@pytest.mark.parametrize("name", ["panel.js", "panel.css", "icon.svg", "theme.js"])
def test_panel_files_come_with_the_type_browsers_insist_on(client: httpx.Client, name: str) -> None:
    expected = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}[name.rpartition(".")[2]]
    assert client.get(f"/panel/{name}").headers["Content-Type"].startswith(expected)


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fserver.py", "%2e%2e/server.py"])
def test_panel_serves_no_file_but_its_own(client: httpx.Client, name: str) -> None:
    assert client.get(f"/panel/{name}").status_code == 404


def test_announced_body_over_the_limit_is_refused(client: httpx.Client) -> None:
    response = client.post("/api/workers/images/scale", content=b"x" * (BODY_LIMIT + 1))
    assert response.status_code == 413


def test_body_over_the_limit_that_comes_in_chunks_is_refused(client: httpx.Client) -> None:
    chunks = (b"x" * 65536 for _ in range(BODY_LIMIT // 65536 + 1))
    response = client.post("/api/workers/images/scale", content=chunks)
    assert response.status_code == 413
