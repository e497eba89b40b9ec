from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import pytest

from native_runtime.queue.parameters import parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable


def plain(a: int, b: str = "x", *, c: int, d: int = 3) -> None: ...


def without() -> None:
    inner = 1
    assert inner


def gathering(a: int, *rest: int, c: int = 2, **more: int) -> None: ...


def by_position(a: int, /, b: int = 2) -> None: ...


async def asynchronous(a: int, b: int = 2) -> None: ...


@functools.wraps(plain)
def wrapping(*args: Any, **kwargs: Any) -> None: ...


class Callee:
    def __call__(self, a: int, b: int = 2) -> None: ...

    def method(self, a: int) -> None: ...


def signed(a: int) -> None: ...


signed.__signature__ = inspect.signature(plain)  # type: ignore[attr-defined]  # as some decorators do


@pytest.mark.parametrize(
    "function",
    [
        plain,
        without,
        gathering,
        by_position,
        asynchronous,
        wrapping,
        Callee(),
        Callee().method,
        functools.partial(plain, 1),
        signed,
    ],
)
def test_parameters_are_those_that_inspect_finds(function: Callable[..., Any]) -> None:
    expected = inspect.signature(function).parameters.values()
    found = parameters_of(function)
    assert [(each.name, each.kind, each.has_default) for each in found] == [
        (each.name, int(each.kind), each.default is not each.empty) for each in expected
    ]
