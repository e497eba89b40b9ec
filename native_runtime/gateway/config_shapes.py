"""What the documents about workers.toml hold: the API's description is made of these."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from msgspec import Meta

from native_runtime.workers.settings import Origin

Digest = Annotated[str, Meta(description="SHA-256 of the file's bytes, in hex.")]


class ProblemDocument(TypedDict):
    """What is wrong, and where."""

    line: Annotated[int | None, Meta(description="None where it is not in the file.")]
    column: int | None
    key: str
    text: str
    message: Annotated[str, Meta(description="All of this in one line.")]


class ConfigDocument(TypedDict):
    """The file as it lies on the disk, valid or not."""

    path: str
    text: str
    digest: Digest
    problems: list[ProblemDocument]
    warnings: list[ProblemDocument]


class SettingDocument(TypedDict):
    """What one key is now, and who said so."""

    key: str
    value: Any
    origin: Origin
    line: int | None
    variable: Annotated[str | None, Meta(description="The environment variable that said it.")]


class Judged(TypedDict):
    """A text that is valid, with what can hardly be meant in it."""

    ok: Literal[True]
    warnings: list[ProblemDocument]


class Edited(TypedDict):
    """One key was written."""

    ok: Literal[True]
    digest: Digest


class Written(Judged):
    """The whole text was written."""

    digest: Digest


class Invalid(TypedDict):
    """The text would be refused by the runtime; nothing is written."""

    error: str
    problems: list[ProblemDocument]


class Conflict(TypedDict, total=False):
    """Somebody else has written the file meanwhile, or there is none."""

    error: str
    digest: Annotated[str, Meta(description="Of the text that the file has now.")]


class StepDocument(TypedDict):
    """What would become of one child."""

    step: Annotated[str, Meta(description="`keep`, `start`, `replace` or `drain`.")]
    child: str


class PlanDocument(TypedDict):
    """What workers.toml, as it lies on the disk now, would do."""

    path: str | None
    plan: list[StepDocument]
