"""What runs under Wine too may import at its top only what the interpreter for Windows has there."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.wine.run import FOR_TESTS, TESTS

ROOT = Path(__file__).resolve().parents[2]
OURS = {"native_runtime", "tests"}


def dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {re.split(r"[^\w-]", each)[0] for each in project["dependencies"]}


def files_for_wine() -> Iterator[Path]:
    for name in TESTS:
        place = ROOT / name
        yield from [place] if place.suffix == ".py" else sorted(place.rglob("*.py"))
    yield from sorted((ROOT / "tests" / "support").glob("*.py"))


def imported_at_the_top(file: Path) -> set[str]:
    """Names of the packages; what only type checkers import stands in an `if`, and is not at the top."""
    names: set[str] = set()
    for statement in ast.parse(file.read_text("utf-8")).body:
        if isinstance(statement, ast.Import):
            names.update(alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            names.add(statement.module or "")
    return {name.partition(".")[0] for name in names}


def test_what_runs_under_wine_imports_only_what_is_there() -> None:
    there = {*sys.stdlib_module_names, *OURS, *dependencies(), *FOR_TESTS}
    missing = {
        file.relative_to(ROOT).as_posix(): imported_at_the_top(file) - there for file in files_for_wine()
    }
    assert {name: packages for name, packages in missing.items() if packages} == {}
