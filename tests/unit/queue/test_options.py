from __future__ import annotations

import pytest

from native_runtime.queue.options import FLAGS, UsageError, WorkOptions, help_text, parse
from native_runtime.queue.retry import Defaults


def test_without_flags_the_documented_defaults_hold() -> None:
    options = parse([])
    assert options == WorkOptions()
    assert (options.queues, options.memory, options.timeout, options.sleep) == (("default",), 128, 60.0, 3.0)
    assert options.defaults == Defaults(tries=3, backoff=(3.0,), timeout=60.0)


def test_every_flag_is_read() -> None:
    line = (
        "--queue=a,b --memory=64 --timeout=1.5 --sleep=0.5 --rest=1 --backoff=1,5,30 --tries=5 --max-jobs=10 "
        "--max-time=3600 --stop-when-empty --once --name=images:1 --on-start=app.jobs:warm_up -c x.toml"
    )
    assert parse(line.split()) == WorkOptions(
        queues=("a", "b"),
        memory=64,
        timeout=1.5,
        sleep=0.5,
        rest=1,
        backoff=(1, 5, 30),
        tries=5,
        max_jobs=10,
        max_time=3600,
        stop_when_empty=True,
        once=True,
        name="images:1",
        on_start="app.jobs:warm_up",
        config="x.toml",
    )


def test_a_value_may_be_a_word_of_its_own() -> None:
    assert parse(["--queue", "a", "--once"]).queues == ("a",)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--querue=a"], "did you mean --queue?"),
        (["--xyzzy"], "known: --queue"),
        (["a"], "unexpected word 'a'"),
        (["--tries"], "--tries needs a value: a whole number of 1 or more"),
        (["--tries=0"], "--tries: expected a whole number of 1 or more, got '0'"),
        (["--tries=many"], "got 'many'"),
        (["--timeout=0"], "seconds above 0"),
        (["--timeout=inf"], "seconds above 0"),
        (["--rest=-1"], "--rest: expected seconds"),
        (["--backoff=1,,2"], "--backoff: expected seconds, comma-separated"),
        (["--queue=a,"], "--queue: expected names"),
        (["--once=yes"], "--once takes no value"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused_in_one_line(
    arguments: list[str], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arguments)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_help_names_every_flag() -> None:
    text = help_text()
    assert parse(["-h"]).help
    assert all(flag.name in text and flag.help in text for flag in FLAGS)
