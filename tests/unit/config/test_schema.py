"""The JSON Schema says of a file what the loader says, and is one that editors understand."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from native_runtime.errors import ConfigError
from native_runtime.workers.loader import read_config
from native_runtime.workers.schema import DIALECT, file_schema

ROOT = Path(__file__).parents[3]
WORDS = {
    "$schema", "title", "type", "properties", "required", "additionalProperties", "description", "minimum", "maximum",
    "exclusiveMinimum", "pattern", "format", "enum", "anyOf", "items", "minItems", "uniqueItems", "propertyNames",
}  # fmt: skip
TYPES: dict[str, Any] = {
    "integer": int,
    "number": (int, float),
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def allows(schema: Any, value: Any) -> bool:
    """Whether a value obeys a schema that uses the words above, as draft 2020-12 defines them."""
    if isinstance(schema, bool):
        return schema
    checks = (is_of_type, is_one_of, has_form, has_items, has_keys, is_in_range)
    return all(check(schema, value) for check in checks)


def is_of_type(schema: Any, value: Any) -> bool:
    wanted = schema.get("type")
    is_flag = isinstance(value, bool) and wanted != "boolean"
    return wanted is None or (isinstance(value, TYPES[wanted]) and not is_flag)


def is_one_of(schema: Any, value: Any) -> bool:
    words = [(type(each), each) for each in schema.get("enum", [value])]
    return (type(value), value) in words and any(allows(each, value) for each in schema.get("anyOf", [True]))


def has_form(schema: Any, value: Any) -> bool:
    return not isinstance(value, str) or re.search(schema.get("pattern", ""), value) is not None


def has_items(schema: Any, value: Any) -> bool:
    if not isinstance(value, list):
        return True
    is_unique = not schema.get("uniqueItems") or len(set(value)) == len(value)
    return (
        is_unique
        and len(value) >= schema.get("minItems", 0)
        and all(allows(schema.get("items", True), item) for item in value)
    )


def has_keys(schema: Any, value: Any) -> bool:
    if not isinstance(value, dict):
        return True
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    return (
        all(allows(known.get(key, others), item) for key, item in value.items())
        and all(allows(schema.get("propertyNames", True), key) for key in value)
        and all(key in value for key in schema.get("required", ()))
    )


def is_in_range(schema: Any, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    lowest, highest = schema.get("minimum", value), schema.get("maximum", value)
    return bool(lowest <= value <= highest and value > schema.get("exclusiveMinimum", float("-inf")))


def schemas(schema: Any) -> list[dict[str, Any]]:
    """The schema and all that it is made of."""
    if not isinstance(schema, dict):
        return []
    below = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    below += [schema[key] for key in ("items", "additionalProperties", "propertyNames") if key in schema]
    return [schema, *(each for one in below for each in schemas(one))]


def test_it_names_its_dialect_and_uses_only_words_of_it() -> None:
    schema = file_schema()
    assert schema["$schema"] == DIALECT
    assert {word for each in schemas(schema) for word in each} <= WORDS
    assert all(re.compile(each["pattern"]) for each in schemas(schema) if "pattern" in each)


def test_every_key_is_explained() -> None:
    unexplained = [
        key
        for each in schemas(file_schema()["properties"])
        for key, described in each.get("properties", {}).items()
        if "description" not in described
    ]
    assert unexplained == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[runtime]\napp = "Desk"\njobs = []\ndata_dir = "~/x"\ndurability = "power"',
        "[workers.a]\nprocesses = 2\nbackoff = 5\nnice = -20\nrestart = { when = 'never', jitter = 1 }",
        "[workers.'a.b']\nprocesses = { min = 1 }\nbackoff = [1, 2.5]\nenv = { X = '' }\non_start = 'a.b:c'",
        '[workers.a]\nqueues = ["${Q:-x}"]\non_start = "${M:-a:b}"\n[runtime]\ndurability = "${D:-app}"',
        "[queues.a]\nrate = '5/10s'\npaused = true",
        "[processes.a]\ncommand = ['x']\nready = '^on'\nhealth = { heartbeat = true, interval = 2 }",
        (ROOT / "workers.toml").read_text("utf-8"),
    ],
)
def test_what_the_loader_takes_the_schema_takes(text: str) -> None:
    read_config(text, path=ROOT / "workers.toml", environ={"HOME": "/"})
    assert allows(file_schema(), tomllib.loads(text))


@pytest.mark.parametrize(
    "text",
    [
        "[worker.a]",
        "[workers.'a b']",
        "workers = 3",
        "[workers.a]\nmemory = 0",
        "[workers.a]\nmemory = true",
        "[workers.a]\nmemory = 1.5",
        "[workers.a]\ntimeout = 0",
        "[workers.a]\nqueues = []",
        "[workers.a]\nqueues = ['a', 'a']",
        "[workers.a]\nprocesses = { mix = 1 }",
        "[workers.a]\nrestart.when = 'sometimes'",
        "[workers.a]\non_start = 'a'",
        "[processes.a]",
        "[processes.a]\ncommand = ['x']\nhealth = { heartbeat = false }",
        "[runtime]\napp = 'a/b'",
    ],
)
def test_what_the_schema_refuses_the_loader_refuses(text: str) -> None:
    with pytest.raises(ConfigError):
        read_config(text, path=ROOT / "workers.toml", environ={"HOME": "/"})
    assert not allows(file_schema(), tomllib.loads(text))
