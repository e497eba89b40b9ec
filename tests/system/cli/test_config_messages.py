"""What a person is told about a workers.toml that is wrong: the files and the exact words stand in tests/golden/config.

After a change that is meant, write the words anew with WRITE_GOLDEN=1 and read them.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from native_runtime.cli.main import main

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "config"
FILES = sorted(FOLDER.glob("*.toml"))
MODULES = {
    "breaks_at_import.py": "import os\nSIZES = {'small': 64}\nLARGE = SIZES['large']\n",
    "ends_the_process.py": "import os\nos._exit(3)\n",
    "is_well.py": "def warm_up() -> None: ...\n",
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_wrong_file_is_told_in_the_words_that_were_agreed_on(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, source in MODULES.items():
        (tmp_path / name).write_text(source)
    copy = Path(shutil.copy(file, tmp_path))
    write = os.environ.get("WRITE_GOLDEN") == "1"
    for name in [name for name in os.environ if name.startswith("NATIVE_RUNTIME_")]:
        monkeypatch.delenv(name)
    for name, value in re.findall(
        r"^# environment: (\w+)=(.*?)\r?$", copy.read_text("latin-1"), re.MULTILINE
    ):
        monkeypatch.setenv(name, value)

    code = main(["config:check", "-c", str(copy)])

    told = f"exit code {code}\n{capfd.readouterr().err}"
    expected = file.with_suffix(".txt")
    if write:
        expected.write_text(told, "utf-8")
    assert told == expected.read_text("utf-8")


def test_there_are_files_to_tell_about() -> None:
    assert len(FILES) >= 10
