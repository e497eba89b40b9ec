"""Chains and batches where no app is around: a worker in a terminal does it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from native_runtime import batch, chain

if TYPE_CHECKING:
    from tests.system.queue.conftest import House


def test_a_worker_that_leaves_when_nothing_is_ready_has_done_all_that_followed(house: House) -> None:
    doubled, mark = house.job("doubled"), house.job("mark")
    links = chain(doubled.s(1.5), *(doubled.s() for _ in range(9))).dispatch()
    group = batch(
        [doubled.s(number) for number in (1.0, 2.0)], then=mark.s("then"), finally_=mark.s("end")
    ).dispatch()
    worker = house.worker("--stop-when-empty")
    _output, complaints = worker.communicate(timeout=60)
    assert (worker.returncode, complaints) == (0, "")
    assert links.result(timeout=0) == 1.5 * 2**10
    assert group.results(timeout=0) == [2.0, 4.0]
    assert (house.trace("then"), house.trace("end")) == (["1"], ["1"])


def test_a_failure_in_a_batch_is_caught_and_what_waits_does_not_run(house: House) -> None:
    refuses, mark = house.job("refuses"), house.job("mark")
    group = batch(
        [refuses.options(priority=9).s(), *(mark.s("never") for _ in range(300))],
        then=mark.s("never"),
        catch=mark.s("caught"),
        finally_=mark.s("end"),
    ).dispatch()
    worker = house.worker("--once")
    worker.communicate(timeout=60)
    assert (group.status, group.failed, group.cancelled) == ("failed", 1, 300)
    house.worker("--stop-when-empty").communicate(timeout=60)
    assert (house.trace("caught"), house.trace("end")) == (["1"], ["1"])
    assert not (house.traces / "never").exists()
