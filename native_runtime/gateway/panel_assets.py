"""The panel's files, read once: a page, its styles and its scripts, each under a name that cannot leave the folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

FOLDER: Final = Path(__file__).with_name("panel")
# Named here, because Windows lets any program redefine what `.js` is, and browsers refuse scripts of another type.
MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class PanelAssets:
    """Serves the panel at `/` and its files at `/panel/…`.

    Args:
        folder: Where the files lie.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.name: (path.read_bytes(), MEDIA_TYPES[path.suffix])
            for path in sorted(folder.iterdir())
            if path.suffix in MEDIA_TYPES
        }

    def routes(self) -> list[BaseRoute]:
        """The addresses, for the application's router."""
        return [Route("/", self.page("index.html")), Route("/panel/{name}", self._file)]

    def page(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint that answers with one of the files.

        Raises:
            KeyError: There is no such file.
        """
        body, media_type = self._files[name]

        async def endpoint(_request: Request) -> Response:
            return Response(body, media_type=media_type)

        return endpoint

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files:
            raise HTTPException(404, f"the panel has no file {name!r}")
        body, media_type = self._files[name]
        return Response(body, media_type=media_type)
