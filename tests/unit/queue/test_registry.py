from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from native_runtime.queue import registry
from native_runtime.queue.registry import UnknownJobError

if TYPE_CHECKING:
    from pathlib import Path


def work() -> None: ...


def test_a_function_is_named_by_module_and_qualified_name() -> None:
    assert registry.name_of(work) == f"{__name__}.work"


@pytest.mark.parametrize(
    ("main", "module"),
    [
        (SimpleNamespace(__spec__=None, __file__="desk/photo_desk.py"), "photo_desk"),
        (SimpleNamespace(__spec__=SimpleNamespace(name="app.__main__"), __file__="x"), "app.__main__"),
    ],
)
def test_a_function_of_the_started_program_is_named_so_that_a_worker_can_import_it(
    monkeypatch: pytest.MonkeyPatch, main: ModuleType, module: str
) -> None:
    def local() -> None: ...

    local.__module__ = "__main__"
    local.__qualname__ = "local"
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert registry.name_of(local) == f"{module}.local"


def test_a_job_is_found_in_a_module_that_nobody_imported_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jobs_found_later.py").write_text(
        "from native_runtime import job\n"
        "class Group:\n    @staticmethod\n    @job\n    def inner() -> int:\n        return 5\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert registry.registered("jobs_found_later.Group.inner") is None
    assert registry.find("jobs_found_later.Group.inner")() == 5


def test_a_module_that_lacks_an_import_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jobs_lacking.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        registry.find("jobs_lacking.work")


def test_an_unknown_job_says_where_jobs_belong() -> None:
    with pytest.raises(UnknownJobError, match=r"\[runtime\] jobs"):
        registry.find("nowhere.work")
