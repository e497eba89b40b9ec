import subprocess
import sys
from importlib.metadata import entry_points


def test_pytest_finds_the_fixtures_of_an_installed_library() -> None:
    (entry,) = entry_points(group="pytest11", name="native_runtime")
    assert entry.load().__name__ == "native_runtime.testing.plugin"


def test_a_run_that_uses_no_fake_pays_for_none() -> None:
    program = (
        "import sys, native_runtime.testing.plugin\n"
        "print(*sorted(m for m in sys.modules if m.startswith('native_runtime.')))\n"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == ["native_runtime.testing", "native_runtime.testing.plugin"]
