from __future__ import annotations

import sys
from pathlib import Path

import pytest

import installation
from native_runtime.packaging import settings

ROOT = Path(__file__).parents[3]
DPKG = Path("/var/lib/dpkg/status")


def a_system_in(folder: Path) -> Path:
    """As debootstrap leaves it: with the folders in which nothing is mounted yet."""
    for name in ("proc", "dev/shm", "var/lib/dpkg"):
        (folder / name).mkdir(parents=True)
    (folder / "var/lib/dpkg/status").touch()
    return folder


def test_system_without_mounts_is_refused_with_the_commands_that_mend_it(tmp_path: Path) -> None:
    system = a_system_in(tmp_path)
    assert installation.missing_in(system) == (
        f"{system}: expected /proc, /dev, /dev/shm to be mounted there, without which no app starts; as root: "
        f"mount --bind /proc {system}/proc && mount --bind /dev {system}/dev && mount --bind /dev/shm {system}/dev/shm"  # noqa: S108 - a mount
    )


def test_only_what_is_missing_is_named(tmp_path: Path) -> None:
    system = a_system_in(tmp_path)
    (system / "proc" / "self").mkdir()  # as if it were mounted
    assert "/proc" not in installation.missing_in(system).partition(";")[0].removeprefix(str(system))


def test_folder_without_a_system_is_refused(tmp_path: Path) -> None:
    assert "expected a Debian system" in installation.missing_in(tmp_path)


@pytest.mark.skipif(sys.platform != "linux" or not DPKG.exists(), reason="this system is no Debian")
def test_system_with_all_its_mounts_is_taken() -> None:
    assert installation.missing_in(Path("/")) == ""


def test_package_is_not_installed_where_nothing_could_start(tmp_path: Path) -> None:
    system = a_system_in(tmp_path)
    trying = installation.installed(settings.read(ROOT), "deb", system)
    with pytest.raises(AssertionError, match="to be mounted there"), trying:
        pass
    assert not (system / "usr").exists()
