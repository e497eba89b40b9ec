from __future__ import annotations

import sys
from pathlib import Path

import pytest

from native_runtime.cli.main import main
from native_runtime.packaging import freeze
from native_runtime.packaging.build import FORMATS, formats_here
from native_runtime.packaging.errors import BuildError

FAILED, USAGE = 1, 2


def test_folder_without_an_app_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", f"--project={tmp_path}"]) == FAILED
    complaint = capsys.readouterr().err
    assert f"{tmp_path / 'briefcase.toml'}: expected the settings of an app" in complaint
    assert complaint.count("\n") == 1


def test_format_of_another_system_is_refused_before_anything_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others = {each for formats in FORMATS.values() for each in formats} - set(formats_here())
    for other in others:
        assert main(["build", f"--project={tmp_path}", f"--format={other}"]) == USAGE
        assert f"'{other}' is not one of 'onedir'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_tool_that_is_not_installed_is_told_with_how_to_get_it() -> None:
    with pytest.raises(BuildError, match=r"no_such_tool is not installed.*native-runtime\[packaging\]"):
        freeze.needs("no_such_tool")


def test_tool_that_fails_is_named_with_its_exit_code() -> None:
    with pytest.raises(BuildError, match="expected exit code 0, got 3"):
        freeze.run([sys.executable, "-c", "raise SystemExit(3)"])
