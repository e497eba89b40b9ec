"""The programs that are supervised: compiled or written into a folder, each called with the path of a FIFO."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHILDREN: Final = Path(__file__).parent / "children"
BURST_LINES: Final = 40_000  # of 100 bytes: below every supervisor's cap on a log


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Executables; all tell their pid through the FIFO as their first act.

    Attributes:
        tiny: Then waits.
        python: The same in Python.
        exits: Then exits with code 1.
        tree: Ignores SIGTERM and has two children that do too; tells all three pids.
        floods: Writes lines for ever once it got SIGUSR1; None without a C compiler.
        bursts: Writes `BURST_LINES` lines once it got SIGUSR1; None without a C compiler.
        compiled: Tiny programs are compiled, not shell scripts.
    """

    tiny: Path
    python: Path
    exits: Path
    tree: Path
    floods: Path | None
    bursts: Path | None
    compiled: bool


def make_programs(folder: Path) -> Programs:
    """Put all programs into `folder`.

    Raises:
        subprocess.CalledProcessError: The C compiler refuses.
    """
    compiler = shutil.which("gcc") or shutil.which("cc")
    python = _script(folder, "python_child.py")
    tree = _script(folder, "tree.py")
    if compiler is None:
        tiny, exits = _script(folder, "tiny.sh"), _script(folder, "exits.sh")
        return Programs(
            tiny=tiny, python=python, exits=exits, tree=tree, floods=None, bursts=None, compiled=False
        )
    return Programs(
        tiny=_compiled(compiler, "tiny.c", folder / "tiny"),
        python=python,
        exits=_compiled(compiler, "exits.c", folder / "exits"),
        tree=tree,
        floods=_compiled(compiler, "writes.c", folder / "floods"),
        bursts=_compiled(compiler, "writes.c", folder / "bursts", f"-DLINES={BURST_LINES}"),
        compiled=True,
    )


def _compiled(compiler: str, source: str, target: Path, *flags: str) -> Path:
    subprocess.run([compiler, "-O2", *flags, "-o", target, CHILDREN / source], check=True)
    return target


def _script(folder: Path, name: str) -> Path:
    # Python's scripts get this interpreter, and no site-packages, as their first line: executables like the
    # others, which a supervisor can be given without a word about Python.
    text = (CHILDREN / name).read_text("utf-8")
    target = folder / name
    target.write_text(f"#!{sys.executable} -S\n{text}" if name.endswith(".py") else text, "utf-8")
    target.chmod(0o755)
    return target
