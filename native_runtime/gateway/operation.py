"""One address of the API: a route that knows what it takes and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from native_runtime.gateway.answers import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import msgspec
    from starlette.requests import Request
    from starlette.responses import Response

BAD_INPUT: Final = 400
NO_SECRET: Final = 401
FOREIGN: Final = 403
UNKNOWN: Final = 404
NOT_POSSIBLE: Final = 409
TOO_LARGE: Final = 413
UNAVAILABLE: Final = 503


class Operation(Route):
    """What one method does at one address.

    Args:
        method: `GET`, `POST` or `PUT`.
        path: As the router has it.
        endpoint: Answers the request.
        does: One sentence: what it shows or does.
        answers: Type of the document that comes with 200; `str` for plain text.
        else_answers: Types of the documents that come with other statuses, where they are more than a refusal.
        query: The parameters behind the question mark.
        takes: The body.
        refuses: Statuses of refusals, beside those that follow from all of this.
        is_open: Nobody needs the secret.
    """

    def __init__(
        self,
        method: str,
        path: str,
        endpoint: Callable[[Request], Awaitable[Response]],
        does: str,
        *,
        answers: Any,
        else_answers: Mapping[int, Any] | None = None,
        query: type[msgspec.Struct] | None = None,
        takes: type[msgspec.Struct] | None = None,
        refuses: tuple[int, ...] = (),
        is_open: bool = False,
    ) -> None:
        super().__init__(path, endpoint, methods=[method])
        self.method = method
        self.does = does
        self.answers = answers
        self.query = query
        self.takes = takes
        self.is_open = is_open
        self._else_answers = else_answers or {}
        self._refuses = refuses

    @property
    def address(self) -> str:
        """The path as OpenAPI has it: names in braces, without the router's kinds."""
        return self.path_format

    @property
    def changes(self) -> bool:
        """True if it is more than a look."""
        return self.method != "GET"

    def other_answers(self) -> dict[int, Any]:
        """Type of the document by status, for every status but 200."""
        statuses = {*self._refuses, UNAVAILABLE}
        if not self.is_open:
            statuses |= {NO_SECRET, FOREIGN}
        if self.changes:
            statuses |= {BAD_INPUT, TOO_LARGE}
        if self.query is not None:
            statuses.add(BAD_INPUT)
        if self.param_convertors:
            statuses.add(UNKNOWN)
        return {
            status: self._else_answers.get(status, Refusal)
            for status in sorted({*statuses, *self._else_answers})
        }
