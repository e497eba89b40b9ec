"""Kinds of single values in workers.toml: what is expected, in words and as a check."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from native_runtime.processes.readiness import has_address
from native_runtime.workers.problem import KeyPath, Problem, misfit

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST: Final = 1_000_000_000
"""No number may be greater: 31 years, or a petabyte. What waits on time or memory cannot take every float."""


class Kind(Protocol):
    """What a key's value must be.

    The kinds are plain data, so that the same table can be checked against and described.
    """

    @property
    def expected(self) -> str:
        """Completes the sentence "expected …"."""
        ...

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Everything that is wrong with `value`, which stands at `at`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A whole number; `true` and `3.0` are none."""

    minimum: int
    maximum: int = LARGEST

    @property
    def expected(self) -> str:
        """Its range in words."""
        if self.maximum == LARGEST:
            return f"a whole number of {self.minimum} or more"
        return f"a whole number from {self.minimum} to {self.maximum}"

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Refuse other types and what is out of range."""
        if isinstance(value, bool) or not isinstance(value, int) or value < self.minimum:
            yield misfit(at, self.expected, value)
        elif value > self.maximum:
            yield misfit(at, _ceiling(self), value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number, with or without a fraction.

    Attributes:
        minimum: Smallest allowed; with `above`, the greatest that is not.
        above: It must be greater than `minimum`.
        maximum: Greatest allowed.
        unit: What is counted, with a space in front: ` of seconds`.
    """

    minimum: float = 0
    above: bool = False
    maximum: float = LARGEST
    unit: str = ""

    @property
    def expected(self) -> str:
        """Its range in words."""
        low = f"more than {self.minimum:g}" if self.above else f"{self.minimum:g} or more"
        if self.maximum != LARGEST:
            low = f"from {self.minimum:g} to {self.maximum:g}"
        return f"a number{self.unit}, {low}"

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Refuse other types, `nan`, `inf` and what is out of range."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self._is_enough(value):
            yield misfit(at, self.expected, value)
        elif value > self.maximum:
            yield misfit(at, _ceiling(self), value)

    def _is_enough(self, value: float) -> bool:
        return value > self.minimum if self.above else value >= self.minimum  # never true of nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Text of a certain form.

    Attributes:
        form: A regular expression that matches all of it.
        expected: The form in words.
    """

    form: str
    expected: str

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Refuse other types and other forms."""
        if not isinstance(value, str) or not re.fullmatch(self.form, value):
            yield misfit(at, self.expected, value)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression."""

    expected: str = "a regular expression for a line of output, in quotes"

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Refuse other types and what cannot be compiled."""
        try:
            if isinstance(value, str):
                re.compile(value)
                return
        except (
            re.error,
            OverflowError,
            RecursionError,
            Warning,
        ):  # a Warning where an app makes errors of them
            pass
        yield misfit(at, self.expected, value)


@dataclass(frozen=True, slots=True)
class Url:
    """The address of something that speaks HTTP."""

    form: str = r"https?://[^/\s]+\S*"
    expected: str = 'a URL such as "http://127.0.0.1:8001/health"'

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Refuse other types, other forms, and hosts and ports that cannot be."""
        if not isinstance(value, str) or not re.fullmatch(self.form, value) or not has_address(value):
            yield misfit(at, self.expected, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few words."""

    words: tuple[str | bool, ...]

    @property
    def expected(self) -> str:
        """The words."""
        words = ", ".join(json.dumps(word) for word in self.words)
        return words if len(self.words) == 1 else f"one of {words}"

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Refuse every other word."""
        if not any(value is word or (value == word and isinstance(value, str)) for word in self.words):
            yield misfit(at, self.expected, value)


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    expected: str = "true or false"

    def check(self, value: object, at: KeyPath) -> Iterator[Problem]:
        """Refuse everything else."""
        if not isinstance(value, bool):
            yield misfit(at, self.expected, value)


def _ceiling(kind: Whole | Number) -> str:
    """What is expected of a number that is too great: the universal limit is only told to who meets it."""
    return f"at most {LARGEST}" if kind.maximum == LARGEST else kind.expected
