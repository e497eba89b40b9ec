"""What the window shows, and what its page can ask for. The runtime's gateway lets nobody else in."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from new_app.jobs import measure

STATIC = Path(__file__).with_name("static")

# Windows lets any program say what `.js` is, and browsers run no script of another type.
mimetypes.add_type("text/javascript", ".js")


def pages() -> Starlette:
    """Build the app's addresses, below `/app`. How a job gets on is told by the gateway: `/api/jobs/ID`."""
    return Starlette(
        routes=[
            Route("/", index),
            Route("/folders", measure_folder, methods=["POST"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
    )


def index(_request: Request) -> Response:
    """Answer with the page."""
    return FileResponse(STATIC / "index.html")


async def measure_folder(request: Request) -> Response:
    """Start to measure the folder of the form; answers `{"id": …}` of the job."""
    path = (await request.body()).decode("utf-8", "replace").strip()
    folder = Path(path).expanduser()
    if not folder.is_absolute() or not folder.is_dir():
        return JSONResponse({"error": f"{path or 'nothing'}: give the full path of a folder"}, 400)
    return JSONResponse({"id": measure.dispatch(folder).id}, 202)
