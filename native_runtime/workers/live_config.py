"""Keeps a running app at what its workers.toml says: workers, processes, queues, and the code they run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from native_runtime.errors import NativeRuntimeError
from native_runtime.workers.code_watch import CodeWatch
from native_runtime.workers.config_watch import ConfigWatch
from native_runtime.workers.power import Power

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from native_runtime.clock import Clock
    from native_runtime.events import EventBus
    from native_runtime.queue.driver import QueueDriver
    from native_runtime.workers.config import Config
    from native_runtime.workers.events import ConfigReloaded
    from native_runtime.workers.fleet import WorkerFleet
    from native_runtime.workers.folders import Folders

log = logging.getLogger("native_runtime.workers")


class LiveConfig:
    """Holds what the file says, from `limit_queues` to `stop`.

    Args:
        fleet: Keeps workers and processes.
        driver: Keeps the limits of the queues.
        bus: Is told.
        clock: Time.
        folders: What lies in the data folder is no source code.
    """

    def __init__(
        self, *, fleet: WorkerFleet, driver: QueueDriver, bus: EventBus, clock: Clock, folders: Folders
    ) -> None:
        self._fleet = fleet
        self._driver = driver
        self._clock = clock
        self._applied: Callable[[Config], object] = lambda _config: None
        config = fleet.config
        self._power = self._power_of(config)
        self._code = CodeWatch(besides=folders.data, changed=self._renew, clock=clock)
        self._follows = False
        self._file: ConfigWatch | None = None
        if config.path is not None:
            self._file = ConfigWatch(
                config.path,
                config=config,
                apply=lambda edited, digest, origin: self.apply(edited, digest=digest, origin=origin),
                bus=bus,
                clock=clock,
            )

    def limit_queues(self) -> None:
        """Let the queues' limits hold, before the first worker starts.

        Raises:
            StoreError: They cannot be stored.
        """
        self._driver.configure(tuple(self._fleet.config.queues.values()), now=self._clock.epoch())
        self._power.start()

    def start(self, *, applied: Callable[[Config], object] = lambda _config: None) -> None:
        """Begin to follow the file and the code. Harmless twice.

        Args:
            applied: Called with each configuration that holds from now on.
        """
        self._applied = applied
        self._follows = True
        self._code.follow(self._fleet.config.dev.reload)
        if self._file is not None and self._fleet.config.runtime.watch:
            self._file.start()

    def follow_no_more(self) -> None:
        """Before anything stops: an edit must not start anything any more. Harmless twice."""
        self._follows = False
        if self._file is not None:
            self._file.stop()
        self._code.stop()

    def stop(self) -> None:
        """Follow nothing any more, and hold no queue. Harmless twice, or before `start`."""
        self.follow_no_more()
        self._power.stop()

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the file as it is now; what held before holds on."""
        return self._file.problems if self._file is not None else ()

    def look(self) -> bool:
        """Read the file now, watched or not, and act on it. True if it had a new content."""
        return self._file is not None and self._file.look()

    def apply(self, config: Config, *, digest: str = "", origin: str | None = None) -> ConfigReloaded:
        """Let another configuration hold, as far as it can while the app runs."""
        before = self._fleet.config
        if config.queues != before.queues:
            self._limit(config)
        told = self._fleet.apply(config, digest=digest, origin=origin)
        if config.queues != before.queues:
            self._fleet.ring(list({**before.queues, **config.queues}))  # what was held may go on
        if config.dev != before.dev and self._follows:
            self._code.follow(config.dev.reload)
        self._applied(self._fleet.config)
        return told

    def _limit(self, config: Config) -> None:
        try:
            self._driver.configure(tuple(config.queues.values()), now=self._clock.epoch())
        except NativeRuntimeError as error:
            log.error("the limits of the queues could not be changed: %s", error)  # noqa: TRY400 - says it all
        self._power.stop()
        self._power = self._power_of(config)
        self._power.start()

    def _power_of(self, config: Config) -> Power:
        waiting = [name for name, queue in config.queues.items() if queue.pause_on_battery]
        return Power(queues=waiting, driver=self._driver, clock=self._clock, ring=self._fleet.ring)

    def _renew(self, files: Sequence[Path]) -> None:
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        self._fleet.renew(reason=f"{files[0].name}{more} has changed")
