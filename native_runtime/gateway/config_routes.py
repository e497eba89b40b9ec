"""The addresses of workers.toml: read it, check a text, write it whole or one key of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec
from starlette.exceptions import HTTPException

from native_runtime.errors import ConfigConflictError, ConfigError
from native_runtime.gateway.acting_routes import origin_of
from native_runtime.gateway.config_documents import config_document, problem_document, setting_document
from native_runtime.gateway.config_shapes import (
    ConfigDocument,
    Conflict,
    Edited,
    Invalid,
    Judged,
    SettingDocument,
    Written,
)
from native_runtime.gateway.operation import NOT_POSSIBLE, Operation
from native_runtime.gateway.replies import reply
from native_runtime.gateway.threads import Threads
from native_runtime.workers.config_file import ConfigFile
from native_runtime.workers.doubts import doubts
from native_runtime.workers.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from native_runtime.gateway.collaborators import House

B = TypeVar("B")

_THREADS: Final = 2
_INVALID: Final = 422


class WholeText(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `PUT /api/config`: the new text, and the digest of the one it was made from."""

    text: str
    digest: str


class TextOnly(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /api/config/check`."""

    text: str


class KeyEdit(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /api/config/edit`: a key's path, and its new value or that it goes."""

    key: str
    value: Any = None
    remove: bool = False


class ConfigRoutes:
    """Answers for workers.toml.

    Args:
        house: Knows the configuration that holds, and where data lies.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._threads = Threads(_THREADS)

    def routes(self) -> list[BaseRoute]:
        """The addresses, for the application's router."""
        return [
            Operation(
                "GET",
                "/api/config",
                self._get,
                "workers.toml as it lies on the disk, valid or not.",
                answers=ConfigDocument,
                refuses=(NOT_POSSIBLE,),
            ),
            Operation(
                "PUT",
                "/api/config",
                self._put,
                "Write the whole workers.toml, if the file still has the text of that digest.",
                takes=WholeText,
                answers=Written,
                else_answers={_INVALID: Invalid, NOT_POSSIBLE: Conflict},
            ),
            Operation(
                "POST",
                "/api/config/check",
                self._check,
                "What would be wrong with a text; nothing is written.",
                takes=TextOnly,
                answers=Judged,
                else_answers={_INVALID: Invalid},
                refuses=(NOT_POSSIBLE,),
            ),
            Operation(
                "POST",
                "/api/config/edit",
                self._edit,
                "Write or remove one key of workers.toml; everything else stays.",
                takes=KeyEdit,
                answers=Edited,
                else_answers={_INVALID: Invalid, NOT_POSSIBLE: Conflict},
            ),
            Operation(
                "GET",
                "/api/config/settings",
                self._settings,
                "What every key is now, and who said so.",
                answers=list[SettingDocument],
            ),
        ]

    async def _get(self, _request: Request) -> Response:
        return await self._answer(self._document)

    async def _put(self, request: Request) -> Response:
        wanted = _parse(await request.body(), WholeText, '{"text": "…", "digest": "…"}')
        origin = origin_of(request)
        return await self._answer(lambda: self._written(wanted, origin))

    async def _check(self, request: Request) -> Response:
        wanted = _parse(await request.body(), TextOnly, '{"text": "…"}')
        origin_of(request)
        return await self._answer(lambda: self._judged(wanted.text))

    async def _edit(self, request: Request) -> Response:
        wanted = _parse(
            await request.body(), KeyEdit, '{"key": "…", "value": …} or {"key": "…", "remove": true}'
        )
        if wanted.remove == (wanted.value is not None):
            raise HTTPException(400, 'body: expected either "value" or "remove": true')
        origin = origin_of(request)
        return await self._answer(lambda: self._edited(wanted, origin))

    async def _settings(self, _request: Request) -> Response:
        return await self._answer(self._effective)

    async def _answer(self, act: Callable[[], Any]) -> Response:
        """What `act` returns; what it refuses is told with every problem at its place."""
        try:
            return reply(await self._threads.run(act))
        except ConfigError as error:
            problems = [problem_document(each) for each in error.found]
            return reply({"error": str(error), "problems": problems}, status=_INVALID)
        except ConfigConflictError as error:
            return reply({"error": str(error), "digest": error.digest}, status=NOT_POSSIBLE)

    def _file(self) -> ConfigFile:
        path = self._house.config().path
        if path is None:
            raise HTTPException(
                NOT_POSSIBLE, "the app was configured in code: there is no file to read or edit"
            )
        return ConfigFile(path)

    def _document(self) -> ConfigDocument:
        file = self._file()
        found = file.read()
        try:
            warnings = doubts(file.check(found.text), environ=os.environ)
        except ConfigError as error:
            return config_document(file.path, found, problems=error.found, warnings=())
        return config_document(file.path, found, problems=(), warnings=warnings)

    def _judged(self, text: str) -> Judged:
        config = self._file().check(text)
        return {
            "ok": True,
            "warnings": [problem_document(each) for each in doubts(config, environ=os.environ)],
        }

    def _written(self, wanted: WholeText, origin: str) -> Written:
        digest = self._file().write(wanted.text, digest=wanted.digest, origin=origin)
        return {**self._judged(wanted.text), "digest": digest}

    def _edited(self, wanted: KeyEdit, origin: str) -> Edited:
        file = self._file()
        if wanted.remove:
            return {"ok": True, "digest": file.remove(wanted.key, origin=origin)}
        return {"ok": True, "digest": file.set(wanted.key, wanted.value, origin=origin)}

    def _effective(self) -> list[SettingDocument]:
        house = self._house
        settings = settings_of(house.config(), data=house.folders.data, environ=os.environ)
        return [setting_document(each) for each in settings]


def _parse(body: bytes, kind: type[B], expected: str) -> B:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise HTTPException(400, f"body: expected {expected}; {error}") from error
