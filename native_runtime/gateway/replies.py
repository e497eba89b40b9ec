"""Answers: data as JSON, and every refusal as JSON with a sentence that helps."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from native_runtime.errors import (
    ConflictError,
    IllegalTransitionError,
    NameInUseError,
    NativeRuntimeError,
    NotListeningError,
    NotRunningError,
    StoreError,
    UnknownNameError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

log = logging.getLogger("native_runtime.gateway")

_STATUS_OF: Final[Mapping[type[NativeRuntimeError], int]] = {
    UnknownNameError: 404,
    ConflictError: 409,
    IllegalTransitionError: 409,
    NameInUseError: 409,
    NotListeningError: 409,
    NotRunningError: 409,
    StoreError: 503,
}


def reply(document: Any, *, status: int = 200) -> Response:
    """`document` as JSON."""
    return Response(msgspec.json.encode(document), status, media_type="application/json")


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """`{"error": message}`."""
    response = reply({"error": message}, status=status)
    response.headers.update(headers or {})
    return response


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What the router refuses: unknown paths, wrong methods, bad input."""
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class only
    message = error.detail
    if error.status_code == 404 and message == "Not Found":  # noqa: PLR2004
        message = f"{request.url.path}: nothing is here; docs/gateway.md lists the addresses"
    elif error.status_code == 405:  # noqa: PLR2004
        allowed = (error.headers or {}).get("Allow", "another method")
        message = f"{request.url.path}: {request.method} is not possible here; use {allowed}"
    return refusal(error.status_code, message, error.headers)


async def on_known_error(request: Request, error: Exception) -> Response:
    """An error of this library: its own message says what to do."""
    status = next((code for kind, code in _STATUS_OF.items() if isinstance(error, kind)), 500)
    if status == 500:  # noqa: PLR2004
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return refusal(status, str(error))


async def on_unknown_error(request: Request, error: Exception) -> Response:
    """The boundary of a request: whatever else went wrong is told, logged, and harms no other request."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return refusal(
        500,
        f"{request.method} {request.url.path} failed: {type(error).__name__}: {error}; the app's log has the traceback",
    )
