"""The whole: the app's own workers.toml, a real worker, a job."""

from pathlib import Path

from native_runtime import Runtime

from new_app.jobs import Size, measure
from new_app.program import config_file


def test_a_worker_takes_the_job(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "photo.raw").write_bytes(bytes(1000))
    with Runtime.from_config(config_file(), data_dir=tmp_path / "data"):
        assert measure.dispatch(folder).result(timeout=60) == Size(files=1, bytes=1000)
