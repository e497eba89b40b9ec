"""Who is let in, as pure decisions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from native_runtime.gateway.access import Enter, Granted, Knock, Lock, Refused, judge

LOCK = Lock(port=8123, token="s3cret")  # noqa: S106
PROGRAM = Knock(
    method="GET", path="/api/status", host="127.0.0.1:8123", authorization="Bearer s3cret", cookies={}
)
PAGE = Knock(
    method="POST",
    path="/api/runtime/stop",
    host="127.0.0.1:8123",
    origin="http://127.0.0.1:8123",
    cookies={"native_runtime_8123": "s3cret"},
)


def test_program_with_the_secret_is_let_in() -> None:
    assert judge(PROGRAM, LOCK) == Granted()


def test_program_may_act_without_an_origin() -> None:
    assert judge(replace(PROGRAM, method="POST"), LOCK) == Granted()


def test_page_of_ours_may_act_and_listen() -> None:
    assert judge(PAGE, LOCK) == Granted()
    assert judge(replace(PAGE, method="WEBSOCKET", path="/api/events"), LOCK) == Granted()


def test_localhost_is_the_same_server() -> None:
    knock = replace(PAGE, host="localhost:8123", origin="http://localhost:8123")
    assert judge(knock, LOCK) == Granted()


@pytest.mark.parametrize(
    "host", ["", "evil.example:8123", "127.0.0.1", "127.0.0.1:8124", "127.0.0.1:8123.evil.example"]
)
def test_another_host_is_refused_even_with_the_secret(host: str) -> None:
    verdict = judge(replace(PROGRAM, host=host), LOCK)
    assert isinstance(verdict, Refused)
    assert verdict.status == 403
    assert "127.0.0.1:8123" in verdict.message


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:9000", "https://127.0.0.1:8123"]
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "WEBSOCKET"])
def test_page_of_another_server_may_not_act_or_listen(method: str, origin: str | None) -> None:
    verdict = judge(replace(PAGE, method=method, origin=origin), LOCK)
    assert isinstance(verdict, Refused)
    assert verdict.status == 403


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", "Basic s3cret", "Bearer s3cret-and-more", "Bearer ü"]
)
def test_wrong_or_missing_secret_is_refused(authorization: str) -> None:
    verdict = judge(replace(PROGRAM, authorization=authorization), LOCK)
    assert isinstance(verdict, Refused)
    assert verdict.status == 401
    assert "endpoint.json" in verdict.message


def test_cookie_of_another_port_opens_nothing() -> None:
    verdict = judge(replace(PAGE, cookies={"native_runtime_9000": "s3cret"}), LOCK)
    assert isinstance(verdict, Refused)
    assert verdict.status == 401


def test_secret_in_the_address_becomes_a_cookie_and_vanishes_from_it() -> None:
    knock = replace(PROGRAM, path="/desk", query=[("embed", "1"), ("token", "s3cret")], authorization="")
    assert judge(knock, LOCK) == Enter("/desk?embed=1")


def test_redirect_after_entering_never_leads_to_another_server() -> None:
    knock = replace(PROGRAM, path="//evil.example/", query=[("token", "s3cret")])
    assert judge(knock, LOCK) == Enter("/evil.example/")


def test_wrong_secret_in_the_address_is_refused() -> None:
    knock = replace(PROGRAM, path="/", query=[("token", "old")], authorization="")
    verdict = judge(knock, LOCK)
    assert isinstance(verdict, Refused)
    assert verdict.status == 401


def test_health_needs_no_secret_but_the_right_host() -> None:
    knock = replace(PROGRAM, path="/healthz", authorization="")
    assert judge(knock, LOCK) == Granted()
    assert isinstance(judge(replace(knock, host="evil.example"), LOCK), Refused)
