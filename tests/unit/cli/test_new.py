"""`native-runtime new` writes an app under its own names, and nothing where something is."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from native_runtime.cli.app_names import AppNames, names_of
from native_runtime.cli.main import main
from native_runtime.cli.scaffold import NAMES, TEMPLATE, scaffold
from native_runtime.cli.toolkits import TOOLKITS
from native_runtime.workers.loader import load
from native_runtime.workers.schema import file_schema

DOCUMENTED = Path(__file__).parents[3] / "docs" / "desktop.md"
DONE, FAILED, USAGE = 0, 1, 2


@pytest.mark.parametrize(
    ("folder", "title", "module"),
    [
        ("photo-sorter", "Photo Sorter", "photo_sorter"),
        ("photo_sorter 2", "Photo Sorter 2", "photo_sorter_2"),
        ("Übersicht", "Übersicht", "ubersicht"),
        ("写真", "写真", "my_app"),
        ("2048", "2048", "my_2048_app"),
        ("queue", "Queue", "my_queue_app"),
        ("class", "Class", "my_class_app"),
        ("tests", "Tests", "my_tests_app"),
        ("native_runtime", "Native Runtime", "my_native_runtime_app"),
    ],
)
def test_names_come_from_the_folder_and_can_be_imported(folder: str, title: str, module: str) -> None:
    names = names_of(None, folder)
    assert names == AppNames(title=title, module=module, project=module.replace("_", "-"))
    assert names.module.isidentifier()
    assert names.module.isascii()


def test_a_name_that_was_given_counts_for_all() -> None:
    assert names_of("Photo Sorter", "x1") == AppNames(
        title="Photo Sorter", module="photo_sorter", project="photo-sorter"
    )


@pytest.mark.parametrize(
    "name", ["", " ", 'a"b', "a\\b", "a/b", "<b>", "a\nb", ".", "..", "-a", "a ", "x" * 61]
)
def test_a_name_that_would_break_a_file_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["new", str(tmp_path / "a"), f"--name={name}"]) == USAGE
    assert "--name: expected" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_app_is_written_under_its_own_names_and_the_next_steps_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "photo sorter"
    assert main(["new", str(folder)]) == DONE
    written = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    assert {
        ".gitignore", "README.md", "briefcase.toml", "photo_sorter/__main__.py", "photo_sorter/pages.py",
        "photo_sorter/jobs.py", "pyproject.toml", "tests/test_jobs.py", "workers.schema.json", "workers.toml",
    } <= set(written)  # fmt: skip
    everything = "".join(name + path.read_text("utf-8") for name, path in written.items())
    assert not any(name in everything for name in (NAMES.title, NAMES.module, NAMES.project))
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"Photo Sorter is in {folder}: {len(written)} files. Next:"
    assert f": {len(written)} files. Next:" in DOCUMENTED.read_text("utf-8")
    assert told[1:] == [
        f"  cd '{folder}'",
        "  python -m pip install -e '.[dev]'",
        "  python -m photo_sorter",
    ]


@pytest.mark.parametrize("toolkit", TOOLKITS)
def test_written_settings_are_valid_and_agree(tmp_path: Path, toolkit: str) -> None:
    scaffold(tmp_path, names_of("Photo Sorter", "x"), TOOLKITS[toolkit])
    config = load(tmp_path / "workers.toml", environ={})
    assert (config.runtime.app, config.runtime.jobs) == ("Photo Sorter", ("photo_sorter.jobs",))
    first, *_ = (tmp_path / "workers.toml").read_text("utf-8").splitlines()
    assert first == "#:schema ./workers.schema.json"
    assert json.loads((tmp_path / "workers.schema.json").read_text("utf-8")) == file_schema()
    project = tomllib.loads((tmp_path / "pyproject.toml").read_text("utf-8"))["project"]
    tools = tomllib.loads((tmp_path / "briefcase.toml").read_text("utf-8"))["tool"]
    settings = tools["briefcase"]
    assert tools["native-runtime"]["package"]["module"] == "photo_sorter"
    assert project["name"] == settings["project_name"] == "photo-sorter"
    assert project["version"] == settings["version"]
    assert settings["app"]["photo-sorter"]["formal_name"] == "Photo Sorter"
    assert project["dependencies"] == list(TOOLKITS[toolkit].requirements)
    assert tools["native-runtime"]["package"]["leave_out"] == list(TOOLKITS[toolkit].leave_out)
    linux = settings["app"]["photo-sorter"]["linux"]
    assert linux["system_runtime_requires"] == list(TOOLKITS[toolkit].libraries)


def test_app_has_the_window_that_was_asked_for(tmp_path: Path) -> None:
    for toolkit in TOOLKITS:
        assert main(["new", str(tmp_path / toolkit), f"--toolkit={toolkit}"]) == DONE
    assert (tmp_path / "pywebview" / "pywebview" / "pages.py").is_file()
    assert "from PySide6.QtWidgets import" in (tmp_path / "qt" / "qt" / "window.py").read_text("utf-8")
    assert "from tkinter import" in (tmp_path / "tk" / "tk" / "window.py").read_text("utf-8")
    everything = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file())
    assert not any(word in everything for word in TOOLKITS["tk"].words())
    assert "| `tk/window.py` | the window, of Tk's widgets" in (tmp_path / "tk" / "README.md").read_text(
        "utf-8"
    )


def test_a_name_that_holds_those_of_the_template_is_written_as_it_is(tmp_path: Path) -> None:
    scaffold(tmp_path, names_of("My new-app and new_app", "x"))
    assert load(tmp_path / "workers.toml", environ={}).runtime.app == "My new-app and new_app"
    assert (tmp_path / "my_new_app_and_new_app" / "jobs.py").is_file()


def test_folder_that_holds_something_is_refused_and_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    assert main(["new", str(tmp_path)]) == FAILED
    complaint = capsys.readouterr().err
    assert "expected a new or an empty folder, it holds thesis.txt" in complaint
    assert complaint.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").touch()
    assert main(["new", str(tmp_path / "thesis.txt")]) == FAILED
    assert "this is a file" in capsys.readouterr().err


def test_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["new", str(tmp_path / "file" / "app")]) == FAILED
    assert "cannot be written" in capsys.readouterr().err


def test_fresh_repository_counts_as_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "sorter"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert main(["new", "."]) == DONE
    assert (folder / "sorter" / "jobs.py").is_file()


def test_what_tools_leave_in_the_template_is_no_part_of_an_app(tmp_path: Path) -> None:
    leftovers = {"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
    assert not leftovers & {part for path in scaffold(tmp_path, NAMES) for part in path.parts}
    assert {path.suffix for path in TEMPLATE.rglob("*") if path.is_file()} <= {
        "", ".css", ".html", ".js", ".md", ".py", ".pyc", ".toml",
    }  # fmt: skip
