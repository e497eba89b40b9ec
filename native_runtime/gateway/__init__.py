"""The local server: the panel, the JSON API, the event stream, health and metrics.

`gateway.snapshot` and `gateway.health` are pure and need no web server; the command line uses them
when no app runs. Everything that imports Starlette or uvicorn is loaded with `Gateway`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from native_runtime.gateway.server import Gateway

__all__ = ["Gateway"]


def __getattr__(name: str) -> object:
    if name != "Gateway":
        raise AttributeError(f"module 'native_runtime.gateway' has no attribute {name!r}")
    from native_runtime.gateway.server import Gateway

    return Gateway
