"""Whatever stands in workers.toml, it is read or refused in words, and soon.

FUZZ_SECONDS=60 mutates valid files for so long; the default is a second or two.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from native_runtime.errors import ConfigError
from native_runtime.workers.config import Config
from native_runtime.workers.config_text import LARGEST_FILE
from native_runtime.workers.loader import load

ROOT = Path(__file__).resolve().parents[3]
SECONDS = float(os.environ.get("FUZZ_SECONDS", "2"))
DEADLINE = 60  # seconds; a loader that takes so long is as bad as one that hangs
PLAIN = {"HOME": "/home/me", "SET": "x"}
OVERRIDING = PLAIN | {"NATIVE_RUNTIME_WORKERS__A__MEMORY": "96", "NATIVE_RUNTIME_WORKERS__A__ENV__MODE": "x"}

VALID = [
    (ROOT / "workers.toml").read_bytes(),
    b"""[runtime]
app = "Photo Desk"
jobs = ["app.jobs", "extra"]
data_dir = "~/data"

[workers.a]
queues = ["mail", "default"]
memory = 64
memory_kill = 100
backoff = [1, 2.5]
processes = { min = 2, max = 4, scale_up_step = 2, idle_ttl = 30 }
env = { MODE = "fast", EMPTY = "" }
on_start = "app.jobs:warm_up"
[workers.a.restart]
when = "on-failure"
jitter = 0
""",
    b"""[processes.api]
command = ["python", "-m", "app.api"]
ready = { tcp = 8001, timeout = 5 }
health.http = "http://127.0.0.1:8001/health"
[queues."a.b"]
rate = "5/10s"
[workers.a]
""",
    b"[workers.a]\r\nqueues = [\"a\", \"${SET:-b}\"]\r\nenv.\"X Y\" = '''\r\nz'''\r\nnice = -0x5\r\n".replace(
        b"-0x5", b"-5"
    ),
]
BROKEN = [path.read_bytes() for path in sorted((ROOT / "tests" / "golden" / "config").glob("*.toml"))]
SEEDS = [*VALID, *VALID, *VALID, *BROKEN]
PIECES = [
    b'"', b"'", b'"""', b"[", b"]", b"[[", b"{", b"}", b"=", b".", b",", b"#", b"\n", b"\r", b"\r\n", b"\\", b"\\u12", b"${", b"$${",
    b"}", b"${SET}", b"\x00", b"\xff", b"\xef\xbb\xbf", b"0x", b"1e999", b"nan", b"inf", b"-", b"1979-05-27T07:32:00Z", b"true",
    b"9" * 5000, b"[" * 2000, b"{a=" * 2000, b"a." * 200, b"workers", b"memory", b" " * 50, "ü€😀".encode(),
]  # fmt: skip

GARBAGE: dict[str, Callable[[random.Random], bytes]] = {
    "random bytes": lambda rng: rng.randbytes(1_000_000),
    "random letters": lambda rng: "".join(rng.choices("ab[]={}\"'.#\n ,0", k=1_000_000)).encode(),
    "unknown keys": lambda _: b"".join(b"key%d = 1\n" % number for number in range(70_000)),
    "the same key again and again": lambda _: b"a = 1\n" * 160_000,
    "sections without end": lambda _: b"".join(b"[workers.w%d]\nx = 1\n" % number for number in range(40_000)),
    "wrong lines": lambda _: b"a = = 1\n" * 120_000,
    "one list": lambda _: b"a = [" + b"1," * 490_000 + b"]",
    "one list of queues": lambda _: b"[workers.a]\nqueues = [" + b'"a",' * 240_000 + b"]",
    "one text": lambda _: b'[runtime]\napp = "' + b"x" * 990_000 + b'"',
    "variables": lambda _: b'[runtime]\napp = "' + b"${A}" * 240_000 + b'"',
    "half a variable": lambda _: b'[runtime]\napp = "' + b"${" * 490_000 + b'"',
    "an open quote": lambda _: b'a = "' + b"\\x" * 490_000,
    "opening brackets": lambda _: b"a = " + b"[" * 990_000,
    "opening braces": lambda _: b"a = " + b"{a=" * 330_000,
    "one key of many parts": lambda _: b"a." * 490_000 + b"b = 1",
    "keys of some parts": lambda _: b"".join(b"a." * 90 + b"k%d = 1\n" % number for number in range(5_000)),
    "quoted parts": lambda _: b'"a".' * 240_000 + b"b = 1",
    "quotes": lambda _: b"\"'" * 490_000,
    "one number": lambda _: b"a = " + b"9" * 990_000,
    "comments": lambda _: b"#\n" * 490_000,
    "blanks": lambda _: b"a = 1" + b" " * 990_000,
    "blank lines": lambda _: b"\r\n" * 490_000,
    "too large": lambda _: b"#" * (LARGEST_FILE + 1),
}  # fmt: skip


def outcome(path: Path, body: bytes, environ: Mapping[str, str] = PLAIN) -> str:
    """`read`, or `refused` with at least one line that says why; everything else is raised."""
    path.write_bytes(body)
    try:
        config = load(path, environ=environ)
    except ConfigError as error:
        problems = error.problems
    else:
        assert isinstance(config, Config)
        return "read"
    assert problems
    assert all(problem.strip() for problem in problems)
    return "refused"


def mutated(body: bytes, rng: random.Random) -> bytes:
    """The bytes after a handful of accidents."""
    changed = bytearray(body)
    for _ in range(rng.randint(1, 6)):
        at = rng.randint(0, len(changed))
        to = min(len(changed), at + rng.choice([0, 1, 1, 2, 8, 40]))
        match rng.randrange(4):
            case 0:
                changed[at:to] = rng.choice(PIECES)
            case 1:
                del changed[at:to]
            case 2:
                changed[at:at] = changed[at:to] * rng.randint(1, 3)
            case _:
                changed[at:to] = rng.randbytes(to - at)
    return bytes(changed)


def test_valid_files_with_accidents_are_read_or_refused(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    rng = random.Random(seed)
    outcomes: Counter[str] = Counter()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        body = mutated(rng.choice(SEEDS), rng)
        try:
            outcomes[outcome(tmp_path / "workers.toml", body, rng.choice([PLAIN, OVERRIDING]))] += 1
        except Exception as error:
            error.add_note(f"seed {seed}, after {outcomes.total()} files, of {body!r}")
            raise
    assert outcomes.total() > 0
    print(f"{outcomes.total()} files: {dict(outcomes)}")


@pytest.mark.parametrize("body", VALID)
def test_the_files_that_accidents_happen_to_are_valid(body: bytes, tmp_path: Path) -> None:
    assert outcome(tmp_path / "workers.toml", body) == "read"


@settings(max_examples=max(100, int(SECONDS * 100)), deadline=None)
@given(st.one_of(st.binary(), st.text().map(str.encode)))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    assert outcome(tmp_path_factory.getbasetemp() / "workers.toml", body) in {"read", "refused"}


@pytest.mark.parametrize("kind", GARBAGE)
def test_a_megabyte_of_garbage_is_answered_in_time(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "workers.toml"
    path.write_bytes(GARBAGE[kind](random.Random(1)))
    program = (
        "import sys\nfrom pathlib import Path\nfrom native_runtime.errors import ConfigError\n"
        "from native_runtime.workers.loader import load\n"
        "try:\n    load(Path(sys.argv[1]), environ={})\n"
        "except ConfigError as error:\n    print(len(error.problems))\n"
        "else:\n    print(0)\n"
    )
    answered = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert answered.stderr == ""
    assert int(answered.stdout) <= 101
