"""Rules about the source itself that no linter knows."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 350  # lines
BINARY = {".png", ".jpg", ".jpeg", ".ico", ".icns", ".woff2"}

# Put together here, so that this file does not speak of what it looks for.
REGISTRY_HOSTS = "|".join(
    ("py" + r"pi\.org", "python" + "hosted", "npm" + "js", r"deb\." + "debian", r"file:///" + "opt/")
)
MACHINE_PATHS = "|".join(("/" + "work/", "/" + r"root/"))


def tracked_files() -> list[Path]:
    """What git holds or would take; build products and caches are ignored by it."""
    git = shutil.which("git")
    assert git is not None
    listed = subprocess.run(
        [git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file()]


FILES = tracked_files()
TEXTS = [file for file in FILES if file.suffix not in BINARY]
MODULES = [file for file in FILES if file.suffix == ".py" and (ROOT / "tests") not in file.parents]
PAGES = [file for file in FILES if file.suffix == ".md"]


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def test_every_module_says_in_its_docstring_what_lives_there() -> None:
    silent = [name_of(file) for file in MODULES if not ast.get_docstring(ast.parse(file.read_text("utf-8")))]
    assert not silent


def test_no_file_is_so_long_that_it_must_hold_a_second_noun() -> None:
    lengths = {
        name_of(file): len(file.read_text("utf-8").splitlines())
        for file in MODULES
        if ROOT / "native_runtime" in file.parents
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    forbidden = re.compile(f"{REGISTRY_HOSTS}|{MACHINE_PATHS}")
    found = [
        f"{name_of(file)}:{number}: {line.strip()}"
        for file in TEXTS
        for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert not found


def test_every_link_of_a_page_leads_somewhere() -> None:
    dead = [
        f"{name_of(page)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not dead


def test_every_page_is_on_the_map() -> None:
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    pages = [page for page in PAGES if page.parent in {ROOT / "docs", ROOT / "docs" / "decisions"}]
    missing = [name_of(page) for page in pages if page.name != "index.md" and f"{page.name})" not in index]
    assert not missing
