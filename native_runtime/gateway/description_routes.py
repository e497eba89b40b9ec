"""The API describes itself: as an OpenAPI document for programs, and as a page of the panel's for people."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from native_runtime.gateway.openapi import openapi_document
from native_runtime.gateway.operation import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request

    from native_runtime.gateway.panel_assets import PanelAssets

PAGE: Final = "reference.html"


class DescriptionRoutes:
    """Answers what the API is.

    Args:
        routes: All others; those that are operations are described.
        assets: Hold the page.
        version: Of this library.
    """

    def __init__(self, routes: Iterable[BaseRoute], *, assets: PanelAssets, version: str) -> None:
        self._page = assets.page(PAGE)
        self._describe = Operation(
            "GET", "/api/openapi.json", self._openapi, "This description.", answers=dict[str, Any]
        )
        operations = [each for each in (*routes, self._describe) if isinstance(each, Operation)]
        self._operations = sorted(operations, key=lambda each: each.changes)  # what only looks comes first
        self._version = version

    def routes(self) -> list[BaseRoute]:
        """The addresses, for the application's router."""
        return [self._describe, Route("/api", self._page)]

    async def _openapi(self, _request: Request) -> Response:
        return Response(self._document, media_type="application/json")

    @cached_property  # made when somebody asks: no app starts later for it
    def _document(self) -> bytes:
        return msgspec.json.encode(openapi_document(self._operations, version=self._version))
