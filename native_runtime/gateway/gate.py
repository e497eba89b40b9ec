"""The gate before everything else: access, the size of bodies, and what browsers must be told about every answer."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.websockets import WebSocket

from native_runtime.gateway.access import Enter, Granted, Knock, Lock, Refused, judge
from native_runtime.gateway.replies import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT: Final = 1024 * 1024  # bytes

_TOO_LARGE: Final = f"the body is larger than {BODY_LIMIT} bytes; send less at once"


class Gate:
    """Lets in who may come in.

    Args:
        app: What stands behind the gate.
        lock: The secret and the port of this run.
    """

    def __init__(self, app: ASGIApp, *, lock: Lock) -> None:
        self._app = app
        self._lock = lock
        self._headers = _security_headers(lock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one connection, then hand it on or answer it."""
        verdict = judge(_knock(scope), self._lock)
        if scope["type"] == "websocket":
            await self._websocket(verdict, scope, receive, send)
            return
        send = self._marking(send)
        match verdict:
            case Granted():
                await self._bounded(scope, receive, send)
            case Enter(location):
                await self._welcome(location)(scope, receive, send)
            case Refused(status, message):
                await _refused(status, message)(scope, receive, send)

    async def _websocket(self, verdict: object, scope: Scope, receive: Receive, send: Send) -> None:
        if isinstance(verdict, Refused):
            response = _refused(verdict.status, verdict.message)
            await WebSocket(scope, receive, send).send_denial_response(response)
        else:
            await self._app(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > BODY_LIMIT:
            await refusal(413, _TOO_LARGE)(scope, receive, send)
            return
        with contextlib.suppress(Exception):  # `on_unknown_error` has answered and logged it
            await self._app(scope, _counting(receive), send)

    def _welcome(self, location: str) -> Response:
        response = RedirectResponse(location, status_code=303)
        response.set_cookie(self._lock.cookie, self._lock.token, path="/", httponly=True, samesite="strict")
        return response

    def _marking(self, send: Send) -> Send:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        return marked


def _knock(scope: Scope) -> Knock:
    connection = HTTPConnection(scope)
    headers = connection.headers
    return Knock(
        method=scope.get("method", "WEBSOCKET"),
        path=scope["path"],
        query=connection.query_params.multi_items(),
        host=headers.get("host", "").lower(),
        origin=headers.get("origin"),
        authorization=headers.get("authorization", ""),
        cookies=connection.cookies,
    )


def _refused(status: int, message: str) -> Response:
    return refusal(status, message, {"WWW-Authenticate": "Bearer"} if status == 401 else None)  # noqa: PLR2004


def _counting(receive: Receive) -> Receive:
    """For bodies that come in chunks and announce no length."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_LIMIT:
            raise HTTPException(413, _TOO_LARGE)
        return message

    return counted


def _security_headers(lock: Lock) -> Mapping[str, str]:
    # Some web engines do not take 'self' for the WebSocket of the same server, so it is named.
    sockets = " ".join(f"ws://{host}" for host in lock.hosts)
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
            f"connect-src 'self' {sockets}; frame-src 'self'; frame-ancestors 'self'; "
            "form-action 'self'; base-uri 'none'"
        ),
        "Cache-Control": "no-store",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
