import pytest

from native_runtime.cli.tables import progress_bar


@pytest.mark.parametrize(
    ("part", "note", "shown"),
    [
        (None, "", None),
        (0.0, "", "[..........] 0%"),
        (0.3, "half of it", "[###.......] 30% half of it"),
        (1.0, "", "[##########] 100%"),
    ],
)
def test_progress_is_a_bar_of_plain_letters(part: float | None, note: str, shown: str | None) -> None:
    assert progress_bar(part, note) == shown
