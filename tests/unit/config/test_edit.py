"""One key of a text is changed; everything else stays byte for byte."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_runtime.errors import ConfigError
from native_runtime.workers.edit import remove_key, set_key
from native_runtime.workers.key_path import parse_key

TEXT = """# The desk's work.
[runtime]
app = 'Desk'   # named

# About mail.
[workers.mail]
memory   =  64 # MB
queues = [  # by priority
  "mail", # first
  "rest",
]

# About images.
[workers.images]
  processes = { min = 1,max = 2 } # two
  restart.delay = 1
[workers.images.env]
MODE = "fast"
"""


@pytest.mark.parametrize(
    ("key", "value", "old", "new"),
    [
        ("workers.mail.memory", 96, "memory   =  64 # MB", "memory   =  96 # MB"),
        ("workers.mail.memory", 9.5, "=  64", "=  9.5"),
        ("runtime.app", 'The "Desk"', "'Desk'   # named", '"The \\"Desk\\""   # named'),
        ("workers.mail.queues", ["a"], '[  # by priority\n  "mail", # first\n  "rest",\n]', '["a"]'),
        ("workers.mail.tries", 5, '  "rest",\n]\n', '  "rest",\n]\ntries = 5\n'),
        ("workers.images.processes.max", 4, "max = 2 }", "max = 4 }"),
        ("workers.images.processes.idle_ttl", 4, "max = 2 }", "max = 2, idle_ttl = 4 }"),
        ("workers.images.processes", 3, "{ min = 1,max = 2 }", "3"),
        ("workers.images.restart.factor", 3, "delay = 1\n", "delay = 1\n  restart.factor = 3\n"),
        ("workers.images.env.MODE", "slow", '"fast"', '"slow"'),
        ("workers.images.env.LEVEL", "1", '"fast"\n', '"fast"\nLEVEL = "1"\n'),
        ("workers.mail.env", {"A": "b"}, '  "rest",\n]\n', '  "rest",\n]\nenv = {A = "b"}\n'),
        ("workers.new.tries", 1, '"fast"\n', '"fast"\n\n[workers.new]\ntries = 1\n'),
        ('workers."a.b".tries', 1, '"fast"\n', '"fast"\n\n[workers."a.b"]\ntries = 1\n'),
        ("queues.mail.paused", True, '"fast"\n', '"fast"\n\n[queues.mail]\npaused = true\n'),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_key_is_set_in_its_place(key: str, value: object, old: str, new: str, newline: str) -> None:
    assert TEXT.count(old) == 1
    changed = set_key(TEXT.replace("\n", newline), parse_key(key), value)
    assert changed == TEXT.replace(old, new).replace("\n", newline)


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("workers.a.tries", "[workers.a]\ntries = 5"),
        ("workers.a.rest", "[workers.a]\ntries = 3\nrest = 5"),
        ("workers.b.rest", "[workers.a]\ntries = 3\n\n[workers.b]\nrest = 5\n"),
    ],
)
def test_a_last_line_without_an_end_is_no_obstacle(key: str, changed: str) -> None:
    assert set_key("[workers.a]\ntries = 3", parse_key(key), 5) == changed


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("workers.mail.memory", "memory   =  64 # MB\n", ""),
        ("workers.mail.queues", 'queues = [  # by priority\n  "mail", # first\n  "rest",\n]\n', ""),
        ("workers.images.processes.min", "{ min = 1,max = 2 }", "{ max = 2 }"),
        ("workers.images.processes.max", "{ min = 1,max = 2 }", "{ min = 1 }"),
        ("workers.images.restart.delay", "  restart.delay = 1\n", ""),
        ("workers.images.env.MODE", 'MODE = "fast"\n', ""),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_key_is_removed_with_its_line(key: str, old: str, new: str, newline: str) -> None:
    changed = remove_key(TEXT.replace("\n", newline), parse_key(key))
    assert changed == TEXT.replace(old, new).replace("\n", newline)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("workers.mail", 3, "workers.mail: is a section, not a value"),
        ("workers", 3, "workers: is a section, not a value"),
        ("workers.new", 3, "workers.new: is a section, not a value"),
        ("workers.mail.memory.max", 3, "workers.mail.memory: expected a table to set a key of, got 64"),
        ("workers.mail.memory", None, "workers.mail.memory: expected text, a number, true, false"),
        ("workers.mail.memory", object(), "workers.mail.memory: expected text, a number, true, false"),
    ],
)
def test_what_cannot_be_set_is_refused(key: str, value: object, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        set_key(TEXT, parse_key(key), value)
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize(
    ("key", "told"), [("workers.mail", "is a section"), ("workers.mail.tries", "is not in the file")]
)
def test_what_cannot_be_removed_is_refused(key: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        remove_key(TEXT, parse_key(key))


@pytest.mark.parametrize(
    "key", ["", "a.", ".a", "a b", "a = 1 #", "a\nb", "a = {b", '"a', "a[0]", "a = 1\nb"]
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ConfigError, match="expected the path of a key"):
        parse_key(key)


SECTIONS = ["[workers.a]\n", "[workers.b]\n", "[workers.a.restart]\n", "[runtime]\n", "[workers]\n", ""]
BODIES = {
    "[workers.a]\n": ["memory = 64", "  tries=3  # t", "processes = { min = 1 }", "processes = {}", "processes.max = 2", "# alone", ""],
    "[workers.b]\n": ["memory = 1", "env = { A = 'x', B = \"y\" }", "queues = [\n 'a', # one\n]", "  # in"],
    "[workers.a.restart]\n": ["delay = 1", "# d"],
    "[runtime]\n": ["app = 'x # y'", "jobs = []", ""],
    "[workers]\n": ["c.memory = 3", "d = { memory = 4 }"],
    "": ["# top", "workers.e.tries = 1"],
}  # fmt: skip
KEYS = [
    "workers.a.memory", "workers.a.tries", "workers.a.processes.min", "workers.a.processes.max", "workers.a.restart.delay",
    "workers.a.restart.factor", "workers.b.env.A", "workers.b.env.C", "workers.b.queues", "workers.c.memory", "workers.c.tries",
    "workers.d.memory", "workers.d.tries", "workers.e.tries", "workers.e.rest", "workers.f.tries", "runtime.app", "runtime.jobs",
]  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> str:
    order = draw(st.permutations(SECTIONS).map(lambda names: ["", *(name for name in names if name)]))
    text = ""
    for header in order[: draw(st.integers(1, len(order)))]:
        lines = draw(st.lists(st.sampled_from(BODIES[header]), unique=True))
        text += header + "".join(f"{line}\n" for line in lines)
    text = text if draw(st.booleans()) else text.removesuffix("\n")
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def value_at(values: Any, key: str) -> Any:
    for part in parse_key(key):
        values = values.get(part) if isinstance(values, dict) else None
    return values


@given(files(), st.sampled_from(KEYS), st.sampled_from([7, "text # x", ["a", "b"], {"x": 1}]))
def test_setting_a_key_changes_its_value_and_no_other_byte(text: str, key: str, value: object) -> None:
    before = parsed(text)
    if before is None:
        return
    try:
        after = set_key(text, parse_key(key), value)
    except ConfigError:
        return
    assert value_at(tomllib.loads(after), key) == value
    assert after.replace("\r\n", "").count("\n") in {0, after.count("\n")}  # line ends stay of one kind
    start = next(
        (at for at, (old, new) in enumerate(zip(text, after, strict=False)) if old != new),
        min(len(text), len(after)),
    )
    end = 0
    while end < min(len(text), len(after)) - start and text[-1 - end] == after[-1 - end]:
        end += 1
    was = value_at(before, key)
    cut = text[start : len(text) - end]
    assert was is not None or cut.strip(" {}") == ""  # a new key takes nothing away
    if was is None:
        restored = remove_key(after, parse_key(key))
        assert value_at(tomllib.loads(restored), key) is None


@given(files(), st.sampled_from(KEYS))
def test_removing_a_key_leaves_all_others(text: str, key: str) -> None:
    before = parsed(text)
    if before is None:
        return
    try:
        after = tomllib.loads(remove_key(text, parse_key(key)))
    except ConfigError:
        return
    assert value_at(after, key) is None
    others = [other for other in KEYS if other != key]
    assert {other: value_at(after, other) for other in others} == {
        other: value_at(before, other) for other in others
    }
