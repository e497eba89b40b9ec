"""Jobs of which tests make circles, and some that stand beside them."""

from __future__ import annotations

from pathlib import Path

from native_runtime import job
from native_runtime.errors import FeedbackLoopError


@job
def prints(text: str) -> None:
    print(text)


@job(queue="aside")
def prints_aside(text: str) -> None:
    print(text)


@job(tries=1)
def breaks() -> None:
    raise ValueError("always")


@job
def rests() -> None:
    """Does nothing."""


@job(queue="ping")
def pings() -> None:
    """Does nothing, in one queue."""


@job(queue="pong")
def pongs() -> None:
    """Does nothing, in the other."""


@job(backoff=0)
def dispatches_itself() -> None:
    dispatches_itself.dispatch()


@job
def dispatches_itself_whatever_comes() -> str:
    try:
        dispatches_itself_whatever_comes.dispatch()
    except FeedbackLoopError as error:
        return str(error)
    return "dispatched"


@job
def counts_down(number: int, path: Path) -> None:
    """A job that dispatches the next one, `number` times."""
    if number:
        counts_down.dispatch(number - 1, path)
    else:
        path.touch()


@job(queue="aside")
def stands_beside(number: int) -> int:
    return number
