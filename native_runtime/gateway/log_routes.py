"""The address that shows what a child wrote last, for whoever goes on with its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from native_runtime.gateway.log_shapes import LogDocument
from native_runtime.gateway.operation import Operation
from native_runtime.gateway.query import Tail, read_query
from native_runtime.gateway.replies import reply
from native_runtime.gateway.threads import Threads

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from native_runtime.gateway.collaborators import Supervisor
    from native_runtime.processes.ring import Output

_READERS: Final = 2


def log_document(name: str, output: Output, *, most: int) -> LogDocument:
    """The latest lines of a child, at most `most`, oldest first; `seq` is the event up to which they were told."""
    lines = output.lines[-most:] if most else ()
    return {
        "name": name,
        "seq": output.seq,
        "lines": [{"stream": "stderr" if line.is_error else "stdout", "text": line.text} for line in lines],
    }


class LogRoutes:
    """Answers with the output of children."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._threads = Threads(_READERS)

    def routes(self) -> list[BaseRoute]:
        """The addresses, for the application's router."""
        return [
            Operation(
                "GET",
                "/api/processes/{name:path}/logs",
                self._logs,
                "What a child wrote last.",
                query=Tail,
                answers=LogDocument,
            )
        ]

    async def _logs(self, request: Request) -> Response:
        name = request.path_params["name"]
        wanted = read_query(request.query_params, Tail)
        output = await self._threads.run(self._supervisor.output, name, wanted.lines)
        return reply(log_document(name, output, most=wanted.lines))
