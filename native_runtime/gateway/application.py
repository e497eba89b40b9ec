"""Puts the gateway's parts together into one ASGI application: the gate first, then the addresses, then the app's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from native_runtime.errors import NativeRuntimeError
from native_runtime.gateway.acting_routes import ActingRoutes
from native_runtime.gateway.actions import Actions
from native_runtime.gateway.config_routes import ConfigRoutes
from native_runtime.gateway.description_routes import DescriptionRoutes
from native_runtime.gateway.gate import Gate
from native_runtime.gateway.log_routes import LogRoutes
from native_runtime.gateway.panel_assets import PanelAssets
from native_runtime.gateway.reading import Reading
from native_runtime.gateway.reading_routes import ReadingRoutes
from native_runtime.gateway.replies import on_http_exception, on_known_error, on_unknown_error

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp

    from native_runtime.gateway.access import Lock
    from native_runtime.gateway.collaborators import House


def build_application(
    house: House,
    *,
    lock: Lock,
    url: str,
    pages: Mapping[str, ASGIApp],
    on_stop_request: Callable[[], None],
    on_show_request: Callable[[], bool],
) -> ASGIApp:
    """The whole gateway as one ASGI application.

    Args:
        house: What is shown and acted upon.
        lock: The secret and the port of this run.
        url: The panel's address, without the secret.
        pages: The app's own pages by path (`/desk`), behind the same gate.
        on_stop_request: Called on a thread of its own when somebody wants the app to stop.
        on_show_request: Brings the app's window to the front; False where it has none. On a thread, too.
    """
    reading = ReadingRoutes(reading=Reading(house, url=url), bus=house.bus)
    acting = ActingRoutes(
        actions=Actions(house),
        supervisor=house.supervisor,
        fleet=house.fleet,
        on_stop_request=on_stop_request,
        on_show_request=on_show_request,
    )
    assets = PanelAssets()
    # Acts first: what is read of a job takes every path below /api/jobs.
    api = [
        *acting.routes(),
        *reading.routes(),
        *LogRoutes(house.supervisor).routes(),
        *ConfigRoutes(house).routes(),
    ]
    application = Starlette(
        routes=[
            *api,
            *DescriptionRoutes(api, assets=assets, version=house.info.version).routes(),
            *assets.routes(),
            *(Mount(path, app=page) for path, page in pages.items()),
        ],
        exception_handlers={
            HTTPException: on_http_exception,
            NativeRuntimeError: on_known_error,
            Exception: on_unknown_error,
        },
    )
    return Gate(application, lock=lock)
