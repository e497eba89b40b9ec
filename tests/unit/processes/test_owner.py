from __future__ import annotations

from itertools import permutations
from pathlib import Path, PurePosixPath

from native_runtime.processes.launcher import LONGEST_OWNER, owner_of

NEAR = [
    "/data",
    "/data.",
    "/data.1",
    "/data/x",
    "/datä",
    "/dat=a",
    "/data:1",
    "/d" * 150,
    "/d" * 150 + ".",
    "/d" * 151,
]


def test_no_folders_markers_begin_with_anothers() -> None:
    markers = [f"{owner_of(Path(folder))}." for folder in NEAR]
    assert not [pair for pair in permutations(markers, 2) if pair[0].startswith(pair[1])]


def test_owner_of_a_very_long_path_is_short_and_of_a_strange_one_ascii() -> None:
    assert len(owner_of(Path("/d" * 2000))) <= LONGEST_OWNER
    strange = owner_of(Path("/fotos ü:=\udcff"))
    assert strange.isascii()
    assert ":" not in strange


def test_owner_of_a_folder_is_always_the_same() -> None:
    assert owner_of(Path("/home/me/data")) == owner_of(Path("/home/me/data"))
    assert owner_of(PurePosixPath("/home/me/data")) == "13=/home/me/data"  # type: ignore[arg-type]  # looks alike on each system
