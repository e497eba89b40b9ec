"""`job.s(…)`: a call to be made later, in a chain or a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from native_runtime.errors import OptionError, PayloadError
from native_runtime.queue.planned import planned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from native_runtime.queue.job_function import JobFunction
    from native_runtime.queue.planned import PlannedJob

T = TypeVar("T")

_PER_DISPATCH: Final = ("id", "unique_for")  # of a job that is dispatched by itself


@dataclass(frozen=True, slots=True)
class Signature(Generic[T]):
    """A job with arguments, and perhaps parameters that are left open.

    Attributes:
        job: The job, with its options.
        args: The encoded arguments by parameter.
        open: The required parameters without an argument, in their order.
    """

    job: JobFunction[..., Any, T]
    args: Mapping[str, bytes]
    open: tuple[str, ...]

    def options(self, **options: Any) -> Signature[T]:
        """The same call with other options (see `JobOptions`).

        Raises:
            OptionError: An option is unknown, or has a value it cannot have.
        """
        return Signature(self.job.options(**options), self.args, self.open)

    def planned(self, place: str, *, fills: str = "") -> PlannedJob:
        """The call as data.

        Args:
            place: Where it stands, for messages: `the first of a chain`.
            fills: What its open parameter takes there; empty if nothing comes before it.

        Raises:
            PayloadError: More parameters are open than are filled there.
            OptionError: It has an option that cannot hold there.
        """
        if len(self.open) > bool(fills):
            raise PayloadError(
                self.job.name, _named(self.open), _problem(place, fills), "give it a value in `.s(…)`"
            )
        declared = self.job.declared
        for option in _PER_DISPATCH:
            if getattr(declared, option) is not None:
                raise OptionError(self.job.name, option, f"none as {place}", getattr(declared, option))
        return planned(
            self.job.name,
            declared,
            self.args,
            open_parameter="".join(self.open),
            handler=self.job.handler_data,
        )

    def __repr__(self) -> str:
        return f"<signature of {self.job.name}>"


def signature_of(
    job: JobFunction[..., Any, T], args: tuple[object, ...], kwargs: Mapping[str, object]
) -> Signature[T]:
    """A call that may leave required parameters open.

    Raises:
        PayloadError: The arguments do not fit the function, or one cannot be stored.
    """
    encoded, left_open = job.payloads.encode_part(args, kwargs)
    return Signature(job, encoded, left_open)


def plan(signature: Signature[Any], place: str, *, fills: str = "") -> PlannedJob:
    """The call as data, of what a caller says is a signature; see `Signature.planned`.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(signature, Signature):
        raise TypeError(f"{place}: expected a signature such as `job.s(…)`, got {signature!r}")
    return signature.planned(place, fills=fills)


def _named(parameters: tuple[str, ...]) -> str:
    names = ", ".join(f"'{name}'" for name in parameters)
    return f"parameter {names}" if len(parameters) == 1 else f"parameters {names}"


def _problem(place: str, fills: str) -> str:
    if fills:
        return f"left open, but as {place} it takes one value only, {fills}"
    return f"left open, but as {place} it is given nothing"
