"""Who is measured: each as it comes, and with the settings that make it fastest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.queues.goals import OURS, REFERENCE
from benchmarks.queues.peer import PROGRAMS, Library, Peer

if TYPE_CHECKING:
    from collections.abc import Sequence

TUNED: Final = {"QUEUE_BENCHMARK_TUNED": "1"}


def _huey(*flags: str) -> Library:
    def workers(count: int) -> Sequence[Sequence[str]]:
        queue = f"{PROGRAMS}.with_huey.huey"
        return [
            ("huey_consumer", queue, "--workers", str(count), "--worker-type", "process", "--quiet", *flags)
        ]

    return Library(module="with_huey", imports="huey", workers=workers)


def _rq(*flags: str) -> Library:
    def workers(count: int) -> Sequence[Sequence[str]]:
        return [("rq", "worker", "--quiet", "--config", f"{PROGRAMS}.rq_settings", *flags)] * count

    return Library(module="with_rq", imports="rq", workers=workers, needs_broker=True)


def _dramatiq_workers(count: int) -> Sequence[Sequence[str]]:
    return [("dramatiq", f"{PROGRAMS}.with_dramatiq", "--processes", str(count))]


def _celery(*flags: str) -> Library:
    def workers(count: int) -> Sequence[Sequence[str]]:
        app = f"{PROGRAMS}.with_celery"
        return [("celery", "-A", app, "worker", "-c", str(count), "--loglevel", "WARNING", *flags)]

    return Library(module="with_celery", imports="celery", workers=workers, needs_broker=True)


def _scripts(module: str) -> Sequence[str]:
    return ("python", "-m", f"{PROGRAMS}.{module}")


_SQLITE: Final = Library(module="with_sqlite", workers=lambda count: [_scripts("with_sqlite")] * count)
_LITEQUEUE: Final = Library(
    module="with_litequeue", imports="litequeue", workers=lambda count: [_scripts("with_litequeue")] * count
)
_DRAMATIQ: Final = Library(
    module="with_dramatiq", imports="dramatiq", workers=_dramatiq_workers, needs_broker=True
)

PEERS: Final = (
    Peer(REFERENCE, _SQLITE, jobs=200_000, is_queue=False),
    Peer(OURS, Library(module="with_native"), jobs=100_000),
    Peer("huey", _huey(), jobs=15_000),
    Peer(
        "huey tuned",
        _huey("--delay", "0.001", "--backoff", "1", "--max-delay", "0.001"),
        jobs=20_000,
        env=TUNED,
    ),
    Peer("litequeue", _LITEQUEUE, jobs=3_000),
    Peer("rq", _rq(), jobs=200),
    Peer("rq simple", _rq("--worker-class", "rq.worker.SimpleWorker"), jobs=1_500),
    Peer("dramatiq", _DRAMATIQ, jobs=10_000),
    Peer("dramatiq tuned", _DRAMATIQ, jobs=10_000, env={"dramatiq_worker_timeout": "5"}),
    Peer("celery", _celery(), jobs=3_000),
    Peer(
        "celery tuned",
        _celery("--without-gossip", "--without-mingle", "--without-heartbeat"),
        jobs=3_000,
        env=TUNED,
    ),
)
