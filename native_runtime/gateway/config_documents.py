"""workers.toml as documents: its text, what is wrong with it, and what every key is now. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from native_runtime.errors import ConfigProblem
    from native_runtime.gateway.config_shapes import ConfigDocument, ProblemDocument, SettingDocument
    from native_runtime.workers.config_file import ConfigText
    from native_runtime.workers.settings import Setting


def config_document(
    path: Path, text: ConfigText, *, problems: Iterable[ConfigProblem], warnings: Iterable[ConfigProblem]
) -> ConfigDocument:
    """What `GET /api/config` answers."""
    return {
        "path": str(path),
        "text": text.text,
        "digest": text.digest,
        "problems": [problem_document(each) for each in problems],
        "warnings": [problem_document(each) for each in warnings],
    }


def problem_document(problem: ConfigProblem) -> ProblemDocument:
    """One problem; `line` and `column` are None where it is not in the file."""
    return {
        "line": problem.line,
        "column": problem.column,
        "key": problem.key,
        "text": problem.text,
        "message": str(problem),
    }


def setting_document(setting: Setting) -> SettingDocument:
    """One key of `config:show --json`."""
    return {
        "key": setting.key,
        "value": setting.value,
        "origin": setting.origin,
        "line": setting.line,
        "variable": setting.variable,
    }
