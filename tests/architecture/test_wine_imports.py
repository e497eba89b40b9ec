"""What runs under Wine too may use only what the interpreter for Windows has there."""

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


def test_what_runs_under_wine_takes_no_fixture_of_our_plugin() -> None:
    # The plugin is an entry point of the installed project; there it only lies on the path.
    ours = set(
        re.findall(r"^def (\w+)\(", (ROOT / "native_runtime/testing/plugin.py").read_text(), re.MULTILINE)
    )
    assert "fake_queue" in ours
    taken = {(file.name, name) for file in files_for_wine() for name in ours & arguments_of_tests(file)}
    assert taken == set()


def test_what_runs_under_wine_skips_itself_where_it_needs_the_gateway() -> None:
    texts = {file.name: file.read_text("utf-8") for file in files_for_wine()}
    with_gateway = {name for name, text in texts.items() if "gateway=True" in text}
    assert "test_work.py" in with_gateway
    assert {name for name in with_gateway if "importorskip(" not in texts[name]} == set()


def arguments_of_tests(file: Path) -> set[str]:
    """Names of the fixtures that the tests of a file ask for."""
    functions = [
        each for each in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(each, ast.FunctionDef)
    ]
    return {
        argument.arg for each in functions if each.name.startswith("test_") for argument in each.args.args
    }
