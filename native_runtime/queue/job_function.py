"""`@job`: a function that is still a function, and can be dispatched."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar, overload

from native_runtime.errors import OptionError
from native_runtime.queue import registry
from native_runtime.queue.dispatch import CURRENT, handler_meta, new_jobs
from native_runtime.queue.handle import JobHandle
from native_runtime.queue.job_options import JobOptions, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from native_runtime.queue.job import NewJob
    from native_runtime.queue.payload import Payloads
    from native_runtime.queue.queue import Queue
    from native_runtime.queue.signature import Signature

P = ParamSpec("P")
R = TypeVar("R")  # what a call returns: a coroutine for `async def`
T = TypeVar("T")  # what the job results in

_NO_KEYWORDS: Final[Mapping[str, object]] = {}
_PER_DISPATCH: Final = ("delay", "id")  # make no sense for every call of a function
_PER_FUNCTION: Final = ("middleware",)  # are not stored: the worker finds them at the function


class JobFunction(Generic[P, R, T]):
    """A function that can be called, and dispatched.

    Attributes:
        name: `module.qualname`.
        function: The plain function.
        declared: Its options.
    """

    def __init__(self, function: Callable[P, R], declared: JobOptions, *, name: str) -> None:
        self.name = name
        self.function = function
        self.declared = declared
        functools.update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the plain function, here and now."""
        return self.function(*args, **kwargs)

    def dispatch(self, *args: P.args, **kwargs: P.kwargs) -> JobHandle[T]:
        """Store a call; a worker runs it. It is durable when this returns.

        Raises:
            PayloadError: An argument cannot be stored; names it.
            ConflictError: `options(id=…)` names a job with other arguments.
            FeedbackLoopError: The call would extend a chain that feeds itself.
            NotConfiguredError: There is neither a runtime nor a connected store.
            StoreError: The store cannot be written.
        """
        queue = CURRENT.get()
        (pushed,) = queue.push(self._new_jobs([self.payloads.encode(args, kwargs)], queue))
        return JobHandle(pushed.id, queue)

    def dispatch_many(self, calls: Iterable[tuple[Any, ...]]) -> list[JobHandle[T]]:
        """Store many calls in one step: all of them or, if one is refused, none.

        Args:
            calls: The positional arguments of each call.

        Raises:
            OptionError: `options(id=…)` was given: it cannot hold for many.
            Exception: As `dispatch` does.
        """
        if self.declared.id is not None:
            raise OptionError(self.name, "id", "none where many calls are dispatched", self.declared.id)
        queue = CURRENT.get()
        encode = self.payloads.encode
        jobs = self._new_jobs([encode(args, _NO_KEYWORDS) for args in calls], queue)
        return [JobHandle(pushed.id, queue) for pushed in queue.push(jobs)] if jobs else []

    def dispatch_sync(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the call here and now, but as a worker would: its arguments and result pass through storage.

        Raises:
            PayloadError: An argument or the result cannot be stored; names it.
            Exception: Whatever the job raises.
        """
        from native_runtime.queue.attempt import run_here

        result: T = run_here(self, self.payloads.encode(args, kwargs))
        return result

    def s(self, *args: Any, **kwargs: Any) -> Signature[T]:
        """A call for a chain or a batch. One required parameter may be left out: it takes what comes before.

        Raises:
            PayloadError: The arguments do not fit the function, or one cannot be stored.
        """
        from native_runtime.queue.signature import signature_of

        return signature_of(self, args, kwargs)

    def options(self, **options: Any) -> JobFunction[P, R, T]:
        """The same job with other options (see `JobOptions`), for one dispatch or many.

        Raises:
            OptionError: An option is unknown, or has a value it cannot have.
        """
        for option in _PER_FUNCTION:
            if option in options:
                raise OptionError(
                    self.name, option, "none here: it belongs to the function's @job", options[option]
                )
        declared = changed(self.name, self.declared, options)
        handler = options.get("on_failure")
        if handler is not None and not _is_known(handler):
            raise OptionError(
                self.name,
                "on_failure",
                "a @job, or what @job(on_failure=…) names: workers find no other",
                handler,
            )
        return JobFunction(self.function, declared, name=self.name)

    @property
    def payloads(self) -> Payloads:
        """Encodes its arguments and results.

        Raises:
            PayloadError: An annotation cannot be resolved, or names a type that cannot be stored.
        """
        codec = _PAYLOADS.get(self.function)
        if codec is None:
            from native_runtime.queue.payload import Payloads

            codec = _PAYLOADS[self.function] = Payloads(self.name, self.function)
        return codec

    def __repr__(self) -> str:
        return f"<job {self.name}>"

    def _new_jobs(self, payloads: list[bytes], queue: Queue) -> list[NewJob]:
        now = queue.clock.epoch()
        return new_jobs(self.name, self.declared, payloads, handler=self.handler_data, now=now)

    @functools.cached_property
    def handler_data(self) -> bytes:
        """How a stored job of it remembers the `on_failure` handler; empty if there is none."""
        handler = self.declared.on_failure
        if handler is None:
            return b""
        if isinstance(handler, JobFunction):
            parameter = _only_parameter(self.name, handler.function)
            return handler_meta(handler.name, parameter, handler.declared, queue=handler.declared.queue)
        parameter = _only_parameter(self.name, handler)
        return handler_meta(registry.name_of(handler), parameter, JobOptions(), queue=None)


class _FailureHandler(JobFunction[..., Any, Any]):
    """A plain function that `on_failure` names: it is called with a `FailedJob`, also where it does not say so."""

    @property
    def payloads(self) -> Payloads:
        from native_runtime.queue.failed import FailedJob
        from native_runtime.queue.payload import Payloads

        return Payloads(self.name, self.function, unannotated=FailedJob)


_PAYLOADS: Final[dict[Callable[..., Any], Payloads]] = {}  # shared by all `.options(…)` of a function


@overload
def job(function: Callable[P, Coroutine[Any, Any, T]], /) -> JobFunction[P, Coroutine[Any, Any, T], T]: ...
@overload
def job(function: Callable[P, T], /) -> JobFunction[P, T, T]: ...
@overload
def job(**options: Any) -> _Decorator: ...


def job(
    function: Callable[..., Any] | None = None, /, **options: Any
) -> JobFunction[..., Any, Any] | _Decorator:
    """Make a function of a module a job: `@job`, or `@job(queue="images", tries=5)`.

    Args:
        function: The function; it keeps working as one. `async def` is welcome.
        **options: See `JobOptions`; what is left out is up to the worker that runs it.

    Raises:
        OptionError: An option is unknown, or has a value it cannot have.
        TypeError: `function` is none.
    """
    if function is not None and not callable(function):
        raise TypeError(
            f"job: expected a function, or options by name such as queue='images', got {function!r}"
        )
    decorator = _Decorator(options)
    return decorator if function is None else decorator(function)


class _Decorator:
    """`@job(…)`, waiting for its function."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options

    @overload
    def __call__(
        self, function: Callable[P, Coroutine[Any, Any, T]], /
    ) -> JobFunction[P, Coroutine[Any, Any, T], T]: ...
    @overload
    def __call__(self, function: Callable[P, T], /) -> JobFunction[P, T, T]: ...

    def __call__(self, function: Callable[..., Any], /) -> JobFunction[..., Any, Any]:
        name = registry.name_of(function)
        for option in _PER_DISPATCH:
            if option in self._options:
                raise OptionError(
                    name, option, "none here: it belongs to one dispatch", self._options[option]
                )
        declared = changed(name, JobOptions(), self._options)
        if declared.middleware:
            from native_runtime.queue.middleware import refuse_unknown_parameters

            refuse_unknown_parameters(name, function, declared.middleware)
        made: JobFunction[..., Any, Any] = JobFunction(function, declared, name=name)
        registry.register(made)
        handler = declared.on_failure
        if handler is not None and not isinstance(handler, JobFunction):
            registry.register(_FailureHandler(handler, JobOptions(), name=registry.name_of(handler)))
        return made


def _is_known(handler: Callable[..., object]) -> bool:
    return isinstance(handler, JobFunction) or registry.registered(registry.name_of(handler)) is not None


def _only_parameter(job_name: str, handler: Callable[..., object]) -> str:
    from native_runtime.queue.parameters import parameters_of

    parameters = parameters_of(handler)
    if not parameters:
        raise OptionError(job_name, "on_failure", "a function of one parameter, a FailedJob", handler)
    return parameters[0].name
