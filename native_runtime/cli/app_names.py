"""The names of a new app: what people read, what Python imports, what installers call it."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from dataclasses import dataclass
from typing import Final

import click

LONGEST: Final = 60  # characters; it becomes a folder of the user's
# A module of these names would be taken for another one, or for no module.
TAKEN: Final = frozenset(
    {*sys.stdlib_module_names, "native_runtime", "tests", "test", "build", "dist", "app"}
)

_TITLE: Final = re.compile(r"\w(?:[\w .-]*\w)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppNames:
    """An app's names.

    Attributes:
        title: For people, `Photo Sorter`; also the name of its data folder.
        module: Its package, `photo_sorter`.
        project: Its distribution and its program, `photo-sorter`.
    """

    title: str
    module: str
    project: str


def names_of(given: str | None, folder: str) -> AppNames:
    """Derive all names of an app.

    Args:
        given: The title, if somebody chose one.
        folder: The name of the app's folder; stands in where nobody did.

    Raises:
        UsageError: It cannot be a title.
    """
    title = given if given is not None else re.sub(r"[\W_]+", " ", folder).strip().title()
    if not _TITLE.fullmatch(title) or len(title) > LONGEST:
        raise click.UsageError(
            f"--name: expected up to {LONGEST} letters, digits, spaces and . _ -, beginning and ending with a "
            f"letter or digit, got {title!r}; name the app: --name='Photo Sorter'"
        )
    words = re.findall(r"[a-z0-9]+", _plain(title).lower())
    module = "_".join(words)
    if not module or module[0].isdigit() or module in TAKEN or keyword.iskeyword(module):
        module = "_".join(["my", *words, "app"])
    return AppNames(title=title, module=module, project=module.replace("_", "-"))


def _plain(text: str) -> str:
    """In ASCII as far as there is a letter for it: names of projects may hold no other."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
