"""The desk's addresses: the page, its files, and a small JSON API. The runtime's gateway guards them all."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from app.desk.service import Desk, NoFolderError
from app.jobs import thumbnail_of
from app.similar import DEFAULT_DISTANCE, groups

if TYPE_CHECKING:
    from starlette.requests import Request

    from app.photo import StoredPhoto

T = TypeVar("T")

# Windows lets any program redefine what `.js` is, and browsers refuse modules of another type.
mimetypes.add_type("text/javascript", ".js")

STATIC: Final = Path(__file__).with_name("static")
_AT_ONCE: Final = 500  # photos in one answer
_FAREST: Final = 16  # places; beyond a quarter of them pictures are not alike
_FOR_EVER: Final = {
    "Cache-Control": "private, max-age=31536000, immutable"
}  # an id is one version of one file


def desk_pages(desk: Callable[[], Desk]) -> Starlette:
    """The desk's ASGI application.

    Args:
        desk: Returns the desk; asked at each request, since the gateway needs the pages before there is one.
    """
    pages = Pages(desk)
    return Starlette(
        routes=[
            Route("/", pages.index),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/photos", pages.photos),
            Route("/progress", pages.progress),
            Route("/similar", pages.similar),
            Route("/thumbnails/{photo}", pages.thumbnail),
            Route("/originals/{photo}", pages.original),
            Route("/folders", pages.add, methods=["POST"]),
            Route("/folders/choose", pages.choose, methods=["POST"]),
            Route("/folders/dropped", pages.add_dropped, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _refuse, NoFolderError: _refuse_folder},
    )


class Pages:
    """Answers. Those that are no coroutines run in Starlette's thread pool, since the catalogue may wait."""

    def __init__(self, desk: Callable[[], Desk]) -> None:
        self._desk = desk

    def index(self, _request: Request) -> Response:
        """The page."""
        return FileResponse(STATIC / "index.html")

    def photos(self, request: Request) -> Response:
        """`{"photos", "cursor", "more"}`: what changed after `?after=CURSOR`."""
        after = _number(request, "after", 0, most=2**62)
        found = self._desk().catalogue.changed_since(after, limit=_AT_ONCE)
        return JSONResponse(
            {
                "photos": [_photo(each) for each in found],
                "cursor": found[-1].changed if found else after,
                "more": len(found) == _AT_ONCE,
            }
        )

    def progress(self, _request: Request) -> Response:
        """`{"total", "done", "failed", "failures", "can_choose"}` of the latest round; `times` tells refusals apart."""
        desk = self._desk()
        return JSONResponse(
            {
                **asdict(desk.catalogue.progress()),
                "failures": [
                    asdict(each) | {"times": desk.refusals[each.id]} for each in desk.catalogue.failures()
                ],
                "can_choose": desk.choose_folder is not None,
            }
        )

    def similar(self, request: Request) -> Response:
        """`{"groups": [[id, …], …]}`: photos that differ in at most `?most=6` of 64 places."""
        most = _number(request, "most", DEFAULT_DISTANCE, most=_FAREST)
        return JSONResponse({"groups": groups(self._desk().catalogue.fingerprints(), most=most)})

    def thumbnail(self, request: Request) -> Response:
        """A photo's thumbnail."""
        photo = self._find(request)
        return _file(thumbnail_of(self._desk().folder, photo.id))

    def original(self, request: Request) -> Response:
        """The photo itself, as it lies on the disk."""
        return _file(Path(self._find(request).path))

    async def add(self, request: Request) -> Response:
        """Read all pictures below `{"path": …}`."""
        path = _field(await _body(request), "path", str)
        return await run_in_threadpool(self._added, [_typed(path)])

    def choose(self, _request: Request) -> Response:
        """Let the person choose a folder in a native dialog, and read its pictures."""
        choose = self._desk().choose_folder
        if choose is None:
            raise HTTPException(409, "there is no window to ask in; type the folder's path instead")
        chosen = choose()
        return self._added([chosen] if chosen else [])

    async def add_dropped(self, request: Request) -> Response:
        """Read what was dropped on the window: `{"names": […]}`; a dropped file stands for its folder."""
        names = _field(await _body(request), "names", list)
        dropped = self._desk().dropped
        if dropped is None:
            raise HTTPException(409, "a browser does not tell where a folder lies; type its path instead")
        paths = _folders_of(dropped([str(name) for name in names]))
        return await run_in_threadpool(self._added, paths)

    def _added(self, folders: list[Path]) -> Response:
        for folder in folders:
            self._desk().add_folder(folder)
        return JSONResponse({"folders": [str(folder) for folder in folders]}, 202)

    def _find(self, request: Request) -> StoredPhoto:
        photo = self._desk().catalogue.find(request.path_params["photo"])
        if photo is None:
            raise HTTPException(404, "this photo is no longer in the catalogue; reload the page")
        return photo


def _photo(photo: StoredPhoto) -> dict[str, Any]:
    """A photo for the page. The fingerprint stays here: JavaScript would round it."""
    document = asdict(photo)
    del document["fingerprint"]
    return document | {"name": Path(photo.path).name, "folder": str(Path(photo.path).parent)}


def _typed(path: str) -> Path:
    return Path(path.strip()).expanduser()


def _folders_of(paths: Sequence[Path]) -> list[Path]:
    """Each folder once; a file stands for the folder it lies in."""
    return list(dict.fromkeys(path if path.is_dir() else path.parent for path in paths))


def _file(path: Path) -> Response:
    if not path.is_file():
        raise HTTPException(404, f"{path.name}: the file is gone; it was moved, renamed or deleted")
    return FileResponse(path, headers=_FOR_EVER)


def _number(request: Request, name: str, default: int, *, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal() or int(text) > most:
        raise HTTPException(400, f"{name}: expected a whole number from 0 to {most}, got {text!r}")
    return int(text)


async def _body(request: Request) -> object:
    try:
        return await request.json()
    except ValueError as error:
        raise HTTPException(400, f"the body is no JSON: {error}") from error


def _field(body: object, name: str, kind: type[T]) -> T:
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, kind):
        raise HTTPException(400, f"expected a JSON object with {name!r} of type {kind.__name__}")
    return value


async def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def _refuse_folder(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)
