"""What the photo desk's tests share: a data folder of their own, and small sample photos."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.library import Catalogue
from app.sample_photos import Samples, make_samples
from native_runtime.environment import DATA_DIR
from tests.support.ctrl_c import ctrl_c_is_heard

__all__ = ["ctrl_c_is_heard"]


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The desk's data folder, as a worker finds it."""
    from app.jobs import catalogue_of

    folder = tmp_path / "data"
    monkeypatch.setenv(DATA_DIR, str(folder))
    yield folder
    catalogue_of(folder).close()
    catalogue_of.cache_clear()


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue."""
    opened = Catalogue(tmp_path / "catalogue")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    """Twelve small files: nine that can be read, one of them a near-copy, and three that cannot."""
    return make_samples(tmp_path_factory.mktemp("photos"), count=12, megapixels=0.3)
