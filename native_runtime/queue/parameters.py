"""What a function takes, read without `inspect` where it is a plain one: that is 5 ms of a worker's start."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature

# The kinds of parameters, numbered as `inspect` does.
_POSITIONAL_ONLY: Final = 0
_POSITIONAL_OR_KEYWORD: Final = 1
_VAR_POSITIONAL: Final = 2
_KEYWORD_ONLY: Final = 3
_VAR_KEYWORD: Final = 4

_HAS_GATHERED: Final = 0x04 | 0x08  # CO_VARARGS, CO_VARKEYWORDS


class Parameter(Struct, frozen=True):
    """One parameter of a function.

    Attributes:
        name: Without stars.
        kind: One of the five kinds of parameters.
        has_default: It may be left out.
    """

    name: str
    kind: int
    has_default: bool

    @property
    def takes_position(self) -> bool:
        """True if one argument without a name can be for it."""
        return self.kind in (_POSITIONAL_ONLY, _POSITIONAL_OR_KEYWORD)

    @property
    def takes_keyword(self) -> bool:
        """True if one argument under its name can be for it."""
        return self.kind in (_POSITIONAL_OR_KEYWORD, _KEYWORD_ONLY)

    @property
    def gathers_positions(self) -> bool:
        """True for `*args`."""
        return self.kind == _VAR_POSITIONAL

    @property
    def gathers_keywords(self) -> bool:
        """True for `**kwargs`."""
        return self.kind == _VAR_KEYWORD

    @property
    def is_required(self) -> bool:
        """True if a call without it is no call."""
        return not (self.has_default or self.gathers_positions or self.gathers_keywords)


def parameters_of(function: Callable[..., Any]) -> list[Parameter]:
    """The parameters of a function, in order."""
    if _is_plain(function):
        return _plain_parameters(function)
    return [
        Parameter(each.name, int(each.kind), each.default is not each.empty)
        for each in signature_of(function).parameters.values()
    ]


def signature_of(function: Callable[..., Any]) -> Signature:
    """The signature, for what is rare: messages, and arguments that are not simply in order."""
    import inspect

    return inspect.signature(function)


def _is_plain(function: Callable[..., Any]) -> bool:
    """True if the parameters are those that stand in its own code: it wraps nothing and gathers nothing."""
    if (
        type(function) is not FunctionType
        or "__wrapped__" in function.__dict__
        or "__signature__" in function.__dict__
    ):
        return False
    return not function.__code__.co_flags & _HAS_GATHERED and not function.__code__.co_posonlyargcount


def _plain_parameters(function: Any) -> list[Parameter]:
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    positional, keyword_only = names[: code.co_argcount], names[code.co_argcount :]
    first_default = len(positional) - len(function.__defaults__ or ())
    return [
        *(Parameter(name, _POSITIONAL_OR_KEYWORD, at >= first_default) for at, name in enumerate(positional)),
        *(Parameter(name, _KEYWORD_ONLY, name in (function.__kwdefaults__ or ())) for name in keyword_only),
    ]
