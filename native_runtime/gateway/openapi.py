"""The API as an OpenAPI document, made of its operations and of the types of what they take and answer. Pure."""

from __future__ import annotations

import inspect
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from native_runtime.gateway.query import Listening, parameters
from native_runtime.gateway.stream_shapes import DroppedMessage, EventMessage, HelloMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from native_runtime.gateway.operation import Operation

VERSION: Final = "3.1.0"
EVENTS: Final = "/api/events"
ORIGIN_HEADER: Final = "X-Origin"
ORIGIN: Final = "[A-Za-z0-9_.:@-]{1,64}"

_SCHEMAS: Final = "#/components/schemas/{name}"
_JSON: Final = "application/json"
_TEXT: Final = "text/plain"
_INTRODUCTION: Final = (
    "What the status panel and the command line use, on 127.0.0.1 of the machine on which the app runs. "
    "Address and secret stand in endpoint.json in the app's data folder. Further keys may be added to every document."
)
# `name: text` in the Attributes of a docstring, until the next one.
_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.+(?:\n {8}.+)*)$", re.MULTILINE)
_MESSAGES: Final = (HelloMessage, EventMessage, DroppedMessage)


def openapi_document(operations: Iterable[Operation], *, version: str) -> dict[str, Any]:
    """The whole API.

    Args:
        operations: In the order in which they are to be shown.
        version: Of this library.
    """
    all_of_them = list(operations)
    schemas = _Schemas(all_of_them)
    paths: dict[str, dict[str, Any]] = {}
    for operation in all_of_them:
        paths.setdefault(operation.address, {})[operation.method.lower()] = _described(operation, schemas)
    return {
        "openapi": VERSION,
        "info": {"title": "native-runtime", "version": version, "description": _INTRODUCTION},
        "servers": [{"url": "/"}],
        "security": [{"secret": []}],
        "paths": paths,
        "x-websockets": {EVENTS: _events(schemas)},
        "components": {
            "schemas": schemas.by_name,
            "securitySchemes": {"secret": {"type": "http", "scheme": "bearer"}},
        },
    }


class _Schemas:
    """The JSON Schema of every type that comes up, each once."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        types = list(_MESSAGES)
        for operation in operations:
            types += [operation.answers, *operation.other_answers().values()]
            types += [operation.takes] if operation.takes is not None else []
        found, named = msgspec.json.schema_components(types, ref_template=_SCHEMAS)
        self._found = list(zip(types, found, strict=True))
        self.by_name = {name: _with_its_attributes(schema) for name, schema in named.items()}

    def of(self, kind: Any) -> dict[str, Any]:
        """The schema, by reference where it has a name."""
        return next(schema for each, schema in self._found if each == kind)

    def meaning(self, kind: Any) -> str:
        """What a document of this type says; empty for one that has no name."""
        name = self.of(kind).get("$ref", "").rpartition("/")[2]
        return str(self.by_name.get(name, {}).get("description", ""))


def _with_its_attributes(schema: dict[str, Any]) -> dict[str, Any]:
    """The same, where the docstring of a record tells of its fields: told of each field where it stands."""
    text, _, attributes = inspect.cleandoc(schema.get("description", "")).partition("\n\nAttributes:\n")
    told = dict(_ATTRIBUTE.findall(attributes))
    properties = {
        name: {"description": " ".join(told[name].split()), **field} if name in told else field
        for name, field in schema.get("properties", {}).items()
    }
    return {**schema, "description": text, **({"properties": properties} if properties else {})}


def _described(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    named = operation.address.removeprefix("/api/")
    document: dict[str, Any] = {
        "operationId": "_".join([operation.method.lower(), *re.findall(r"\w+", named)]),
        "summary": operation.does,
        "tags": [named.strip("/").partition("/")[0]],
        "responses": {
            "200": _response(HTTPStatus.OK, operation.answers, schemas),
            **{
                str(status): _response(HTTPStatus(status), kind, schemas)
                for status, kind in operation.other_answers().items()
            },
        },
    }
    if given := _parameters(operation):
        document["parameters"] = given
    if operation.takes is not None:
        document["requestBody"] = {
            "required": True,
            "content": {_JSON: {"schema": schemas.of(operation.takes)}},
        }
    if operation.is_open:
        document["security"] = []
    return document


def _response(status: HTTPStatus, kind: Any, schemas: _Schemas) -> dict[str, Any]:
    content = _TEXT if kind is str else _JSON
    return {
        "description": (status is HTTPStatus.OK and schemas.meaning(kind)) or status.phrase,
        "content": {content: {"schema": schemas.of(kind)}},
    }


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in operation.param_convertors
    ]
    origin = {
        "name": ORIGIN_HEADER,
        "in": "header",
        "description": "Who asks; it comes back in the events that follow.",
        "schema": {"type": "string", "pattern": f"^{ORIGIN}$"},
    }
    in_query = _query(parameters(operation.query)) if operation.query is not None else []
    return [*in_path, *in_query, *([origin] if operation.changes else [])]


def _query(known: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "description": schema.get("description", ""),
            # A list stands in one parameter, with commas.
            **({"style": "form", "explode": False} if schema.get("type") == "array" else {}),
            "schema": {key: value for key, value in schema.items() if key != "description"},
        }
        for name, schema in known.items()
    ]


def _events(schemas: _Schemas) -> dict[str, Any]:
    return {
        "summary": "The events, one JSON object a message, resumable.",
        "parameters": _query(parameters(Listening)),
        "messages": [schemas.of(kind) for kind in _MESSAGES],
    }
