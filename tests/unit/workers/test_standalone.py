"""A program that no runtime started finds workers.toml, or says where it looked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from native_runtime.errors import ConfigError
from native_runtime.workers.standalone import find_config, prepare

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a workers.toml; sys.path is put back afterwards."""
    (tmp_path / "workers.toml").write_text('[runtime]\njobs = ["jobs"]\ndata_dir = "data"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def test_given_file_comes_before_the_environment_and_that_before_the_folder(project: Path) -> None:
    for name in ("given.toml", "named.toml"):
        (project / name).write_text("")
    environ = {"NATIVE_RUNTIME_CONFIG": str(project / "named.toml")}
    assert find_config(environ, "given.toml") == project / "given.toml"
    assert find_config(environ) == project / "named.toml"
    assert find_config({}) == project / "workers.toml"


@pytest.mark.parametrize(
    ("environ", "given", "told"),
    [
        ({}, "other.toml", "asked for as other.toml"),
        ({"NATIVE_RUNTIME_CONFIG": "other.toml"}, None, "named by NATIVE_RUNTIME_CONFIG"),
    ],
)
def test_missing_file_is_told_with_who_named_it(
    project: Path, environ: dict[str, str], given: str | None, told: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        find_config(environ, given)
    assert str(refused.value) == f"{project / 'other.toml'}: expected a file, got none ({told})"


def test_folder_without_workers_toml_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="so looked for in the working folder"):
        find_config({})


def test_preparing_makes_the_data_folder_and_the_projects_modules_importable(project: Path) -> None:
    assert prepare({}) == (project / "data", ("jobs",), "app")
    assert (project / "data" / "run").is_dir()
    assert sys.path[0] == str(project)
    prepare({})
    assert sys.path.count(str(project)) == 1


def test_data_folder_of_the_environment_overrides_the_files(project: Path) -> None:
    environ = {"NATIVE_RUNTIME_DATA_DIR": str(project / "other")}
    assert prepare(environ, str(project / "workers.toml"))[0] == project / "other"
