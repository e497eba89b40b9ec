"""Kinds of values in workers.toml that hold others: lists, tables, and one thing or another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from native_runtime.workers.kinds import Kind, Text
from native_runtime.workers.problem import KeyPath, Problem, misfit, unknown_key


@dataclass(frozen=True, slots=True)
class Rule:
    """Compares keys of one table with each other; only asked while each of them is right by itself.

    Attributes:
        keys: Those it looks at.
        check: What is wrong with a table that stands at a path.
    """

    keys: tuple[str, ...]
    check: Callable[[Mapping[str, object], KeyPath], Iterator[Problem]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """A list whose items are of one kind.

    Attributes:
        item: The kind.
        expected: The list in words.
        may_be_empty: An empty list is allowed.
        unique: No item may stand twice.
    """

    item: Kind
    expected: str
    may_be_empty: bool = False
    unique: bool = False

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Refuse what is no list, and each wrong item at its own place."""
        if not isinstance(value, list) or not (value or self.may_be_empty):
            yield misfit(at, self.expected, value)
            return
        seen: set[str] = set()
        for index, item in enumerate(value):
            yield from self.item.check(item, (*at, index))
            if self.unique and isinstance(item, str):
                if item in seen:
                    yield misfit((*at, index), "each only once", item)
                seen.add(item)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTables:
    """A table whose keys are names the user chose, each with a value of one kind."""

    name: Text
    item: Kind
    expected: str

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Refuse what is no table, wrong names, and what is wrong below each name."""
        if not isinstance(value, dict):
            yield misfit(at, self.expected, value)
            return
        for name, item in value.items():
            yield from self.name.check(name, (*at, name))
            yield from self.item.check(item, (*at, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with known keys.

    Attributes:
        keys: Each key's kind.
        required: Keys that must be there.
        rules: What must hold between the keys.
        expected: The table in words.
    """

    keys: Mapping[str, Kind]
    required: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    expected: str = "a table"

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Refuse unknown and missing keys, wrong values, and values that do not go together."""
        if not isinstance(value, dict):
            yield misfit(at, self.expected, value)
            return
        problems = [*self._missing(value, at), *self._wrong(value, at)]
        yield from problems
        wrong_keys = {problem.path[len(at)] for problem in problems if len(problem.path) > len(at)}
        for rule in self.rules:
            if wrong_keys.isdisjoint(rule.keys):
                yield from rule.check(value, at)

    def _missing(self, value: Mapping[str, object], at: KeyPath) -> Iterator[Problem]:
        for name in self.required:
            if name not in value:
                yield Problem(at, f"expected the key '{name}' ({self.keys[name].expected}), got none")

    def _wrong(self, value: Mapping[str, object], at: KeyPath) -> Iterator[Problem]:
        for name, item in value.items():
            if name in self.keys:
                yield from self.keys[name].check(item, (*at, name))
            else:
                yield unknown_key((*at, name), tuple(self.keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """A plain value, or a list or table in its place."""

    plain: Kind
    compound: ListOf | Table

    @property
    def expected(self) -> str:
        """Both in words."""
        return f"{self.plain.expected}, or {self.compound.expected}"

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Check as what it looks like; refuse what is neither with both in words."""
        fits = list if isinstance(self.compound, ListOf) else dict
        if isinstance(value, fits):
            yield from self.compound.check(value, at)
        elif any(self.plain.check(value, at)):
            yield misfit(at, self.expected, value)
