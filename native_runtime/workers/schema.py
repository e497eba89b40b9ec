"""workers.toml as a JSON Schema (draft 2020-12), for editors: made from the table that the checks go by."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any, Final

from native_runtime.processes.readiness import Health, Ready
from native_runtime.processes.restart import RestartPolicy
from native_runtime.queue.settings import QueueSettings
from native_runtime.workers.config import ProcessConfig, Processes, RuntimeConfig, WorkerConfig
from native_runtime.workers.keys import (
    FILE,
    HEALTH,
    PROCESS,
    PROCESSES,
    QUEUE,
    READY,
    RESTART,
    RUNTIME,
    WORKER,
)
from native_runtime.workers.kinds import Choice, Flag, Number, Pattern, Text, Url, Whole
from native_runtime.workers.shapes import Either, ListOf, NamedTables, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE: Final = r"\$\{"  # a text with a variable in it can be anything once that is filled in

# Whose docstrings explain the keys of which table.
_EXPLAINED: Final = (
    (RUNTIME, RuntimeConfig),
    (QUEUE, QueueSettings),
    (WORKER, WorkerConfig),
    (PROCESSES, Processes),
    (PROCESS, ProcessConfig),
    (RESTART, RestartPolicy),
    (READY, Ready),
    (HEALTH, Health),
)


def file_schema() -> Schema:
    """The whole file. Every valid file obeys it; what must hold between keys, only the loader knows."""
    return {"$schema": DIALECT, "title": "workers.toml", **schema_of(FILE)}


@singledispatch
def schema_of(kind: object) -> Schema:
    """One kind of value.

    Raises:
        TypeError: The kind is not known here.
    """
    raise TypeError(f"schema_of: expected a kind of value that a schema can describe, got {kind!r}")


@schema_of.register
def _whole(kind: Whole) -> Schema:
    return {"type": "integer", "minimum": kind.minimum, "maximum": kind.maximum}


@schema_of.register
def _number(kind: Number) -> Schema:
    low = "exclusiveMinimum" if kind.above else "minimum"
    return {"type": "number", low: kind.minimum, "maximum": kind.maximum}


@schema_of.register(Text)
@schema_of.register(Url)
def _text(kind: Text | Url) -> Schema:
    return {
        "type": "string",
        "pattern": f"^(?:{kind.form})$|{_VARIABLE}",
        "description": f"Expected: {kind.expected}.",
    }


@schema_of.register
def _pattern(_kind: Pattern) -> Schema:
    return {"type": "string", "format": "regex"}


@schema_of.register
def _choice(kind: Choice) -> Schema:
    words: Schema = {"enum": [str(word) if isinstance(word, str) else word for word in kind.words]}
    if not any(isinstance(word, str) for word in kind.words):
        return words
    return {"anyOf": [words, {"type": "string", "pattern": _VARIABLE}]}


@schema_of.register
def _flag(_kind: Flag) -> Schema:
    return {"type": "boolean"}


@schema_of.register
def _list(kind: ListOf) -> Schema:
    return {
        "type": "array",
        "items": schema_of(kind.item),
        "minItems": 0 if kind.may_be_empty else 1,
        "uniqueItems": kind.unique,
    }


@schema_of.register
def _named_tables(kind: NamedTables) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": f"^(?:{kind.name.form})$"},
        "additionalProperties": schema_of(kind.item),
    }


@schema_of.register
def _either(kind: Either) -> Schema:
    return {"anyOf": [schema_of(kind.plain), schema_of(kind.compound)]}


@schema_of.register
def _table(table: Table) -> Schema:
    texts = next((_explanations(owner) for known, owner in _EXPLAINED if known is table), {})
    properties = {}
    for key, kind in table.keys.items():
        described = schema_of(kind)
        expected = described.pop("description", "")
        text = " ".join(filter(None, (texts.get(key, ""), expected)))
        properties[key] = {"description": text, **described} if text else described
    return {
        "type": "object",
        "properties": properties,
        "required": list(table.required),
        "additionalProperties": False,
    }


def _explanations(owner: type) -> Mapping[str, str]:
    """What a class's docstring says about each of its attributes, by name."""
    lines = (owner.__doc__ or "").partition("Attributes:\n")[2].splitlines()
    found: dict[str, str] = {}
    for line in lines:
        name, colon, text = line.strip().partition(": ")
        if colon and name.isidentifier():
            found[name] = text
        elif found and line.strip():
            last = next(reversed(found))
            found[last] += f" {line.strip()}"
    return found
