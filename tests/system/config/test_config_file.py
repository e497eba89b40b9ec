"""workers.toml is edited by the app and by people at the same time, and nobody's text is torn or lost unseen."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from native_runtime import ConfigConflictError, ConfigError, ConfigFile
from native_runtime.workers.config_text import LARGEST_FILE, digest_of
from native_runtime.workers.own_writes import OwnWrite, OwnWrites
from native_runtime.workers.replacing import Replacement

TEXT = "# Mine.\n[workers.default]\nmemory = 64 # MB\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "workers.toml"
    path.write_bytes(TEXT.encode())
    return path


def left_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


class Intruder(ConfigFile):
    """Somebody saves the file, once for each given text, after it was read and before it is written."""

    def __init__(self, path: Path, *texts: str) -> None:
        super().__init__(path, environ={"HOME": "/"}, own_writes=OwnWrites())
        self._texts = list(texts)

    def _swap(self, before: bytes, after: bytes, origin: str | None) -> bool:
        if self._texts:
            self.path.write_text(self._texts.pop(0))
        return super()._swap(before, after, origin)


def test_a_key_is_set_and_the_digest_of_the_new_text_is_told(path: Path) -> None:
    digest = ConfigFile(path).set("workers.default.memory", 96)
    assert path.read_bytes() == TEXT.replace("64", "96").encode()
    assert digest == digest_of(path.read_bytes()) == ConfigFile(path).read().digest
    assert left_in(path.parent) == ["workers.toml"]


def test_a_key_is_removed(path: Path) -> None:
    ConfigFile(path).remove("workers.default.memory")
    assert path.read_text() == "# Mine.\n[workers.default]\n"


def test_own_writes_are_known_by_their_digest_and_those_of_others_are_not(path: Path) -> None:
    own = OwnWrites()
    digest = ConfigFile(path, own_writes=own).set("workers.default.memory", 96, origin="panel:x")
    assert own.find(digest) == OwnWrite(digest=digest, origin="panel:x")
    path.write_text(TEXT)
    assert own.find(digest_of(path.read_bytes())) is None


def test_an_edit_that_would_make_the_file_invalid_is_refused_with_its_problems(path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        ConfigFile(path).set("workers.default.memory", "much")
    (problem,) = refused.value.found
    assert (problem.line, problem.key) == (3, "workers.default.memory")
    with pytest.raises(ConfigError, match="did you mean 'memory'"):
        ConfigFile(path).set("workers.default.memmory", 96)
    assert path.read_text() == TEXT
    assert left_in(path.parent) == ["workers.toml"]


def test_an_edit_may_mend_an_invalid_file(path: Path) -> None:
    path.write_text(TEXT.replace("64", "-64"))
    ConfigFile(path).set("workers.default.memory", 64)
    assert path.read_text() == TEXT


def test_a_byte_order_mark_and_windows_line_ends_stay(path: Path) -> None:
    text = ("\ufeff" + TEXT).replace("\n", "\r\n")
    path.write_bytes(text.encode())
    ConfigFile(path).set("workers.default.memory", 96)
    ConfigFile(path).set("workers.default.tries", 2)
    assert path.read_bytes() == text.replace("64 # MB\r\n", "96 # MB\r\ntries = 2\r\n").encode()


def test_the_persons_newer_text_wins_and_the_edit_is_made_again_on_top_of_it(path: Path) -> None:
    newer = "# Theirs.\n[workers.default]\ntries = 7\nmemory = 64\n"
    Intruder(path, TEXT + "# a\n", newer).set("workers.default.memory", 96)
    assert path.read_text() == newer.replace("64", "96")


def test_an_edit_is_refused_if_the_person_gave_the_same_key_another_value(path: Path) -> None:
    theirs = TEXT.replace("64", "80")
    with pytest.raises(ConfigConflictError, match=r"workers\.default\.memory was changed") as refused:
        Intruder(path, theirs).set("workers.default.memory", 96)
    assert path.read_text() == theirs
    assert refused.value.digest == digest_of(theirs.encode())


def test_an_edit_gives_up_on_a_file_that_is_saved_again_and_again(path: Path) -> None:
    with pytest.raises(ConfigConflictError, match="again and again"):
        Intruder(path, *(f"{TEXT}# {turn}\n" for turn in range(40))).set("workers.default.memory", 96)


def test_what_is_there_already_is_not_written_again(path: Path) -> None:
    before = path.stat()
    own = OwnWrites()
    file = ConfigFile(path, own_writes=own)
    assert file.set("workers.default.memory", 64) == file.write(TEXT, digest=file.read().digest)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert own.find(file.read().digest) is None


@pytest.mark.parametrize("text", ["# \ud800\n", "#" * (LARGEST_FILE + 1)])
def test_a_text_that_could_not_be_read_again_is_refused(text: str, path: Path) -> None:
    file = ConfigFile(path)
    with pytest.raises(ConfigError, match=r"expected (whole characters|at most)"):
        file.write(text, digest=file.read().digest)
    assert path.read_text() == TEXT


class HalfWritten(ConfigFile):
    """Somebody writes into the file; the rest of it comes after the first look."""

    def _is_settled(self, before: bytes) -> bool:
        self.path.write_text(TEXT)
        return super()._is_settled(before)


def test_a_file_that_is_being_written_is_waited_for(path: Path) -> None:
    path.write_text(TEXT.partition("64")[0])
    HalfWritten(path).set("workers.default.memory", 96)
    assert path.read_text() == TEXT.replace("64", "96")


class HeldOpen(Replacement):
    """Another program holds the file open for so many tries, as on Windows."""

    times = 3

    def _rename(self) -> None:
        if self.times:
            self.times -= 1
            raise PermissionError(13, "The process cannot access the file")
        super()._rename()


def test_a_file_that_another_program_holds_open_is_waited_for(path: Path) -> None:
    with HeldOpen(path, b"new") as replacement:
        replacement.take_place()
    assert path.read_bytes() == b"new"
    assert left_in(path.parent) == ["workers.toml"]


def test_a_file_that_stays_held_open_stays_as_it_was(path: Path) -> None:
    with HeldOpen(path, b"new") as replacement:
        replacement.times = 1000
        with pytest.raises(PermissionError):
            replacement.take_place()
    assert path.read_text() == TEXT
    assert left_in(path.parent) == ["workers.toml"]


def test_a_whole_text_is_written_if_it_was_made_from_what_is_there(path: Path) -> None:
    file = ConfigFile(path)
    seen = file.read()
    assert seen.text == TEXT
    assert file.write("[workers.a]\n", digest=seen.digest) == digest_of(b"[workers.a]\n")
    with pytest.raises(ConfigConflictError, match="since it was read"):
        file.write(TEXT, digest=seen.digest)
    with pytest.raises(ConfigError, match="unknown key"):
        file.write("[worker.a]\n", digest=file.read().digest)
    assert path.read_text() == "[workers.a]\n"


def test_a_whole_text_loses_against_one_that_is_saved_meanwhile(path: Path) -> None:
    file = Intruder(path, "[workers.theirs]\n")
    with pytest.raises(ConfigConflictError):
        file.write("[workers.mine]\n", digest=file.read().digest)
    assert path.read_text() == "[workers.theirs]\n"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions and links are POSIX")
def test_permissions_and_links_stay(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "workers.toml"
    link.symlink_to(path)
    ConfigFile(link).set("workers.default.memory", 96)
    assert link.is_symlink()
    assert "96" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert left_in(link.parent) == ["workers.toml"]


def test_a_file_that_is_gone_or_may_not_be_written_is_told(path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a file, got none"):
        ConfigFile(path.with_name("other.toml")).set("workers.default.memory", 96)
    if os.name == "posix" and os.geteuid() != 0:
        path.chmod(0o400)
        with pytest.raises(ConfigError, match="cannot be written: Permission denied"):
            ConfigFile(path).set("workers.default.memory", 96)
