"""When a child counts as ready, and how to find out whether it still works: as data, and as a user writes it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final
from urllib.parse import urlsplit

_PORTS: Final = range(1, 65536)


@dataclass(frozen=True, slots=True)
class Probe:
    """One way to ask; exactly one of the fields is set.

    Attributes:
        line: Regular expression that a line of its output must match.
        tcp: Port on 127.0.0.1 that must accept a connection.
        http: URL that must answer with a status of 200 to 399.
        heartbeat: The child must touch the file named by NATIVE_RUNTIME_HEARTBEAT.
    """

    line: str | None = None
    tcp: int | None = None
    http: str | None = None
    heartbeat: bool = False

    def __str__(self) -> str:
        if self.line is not None:
            return f"a line that matches {self.line!r}"
        if self.tcp is not None:
            return f"a connection to port {self.tcp}"
        return f"an answer from {self.http}" if self.http is not None else "a heartbeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """When a child counts as ready.

    Attributes:
        probe: What to wait for: a line, a port or a URL.
        timeout: Seconds; a child that is not ready by then is restarted as `unhealthy`.
    """

    probe: Probe
    timeout: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How to find out whether a ready child still works.

    Attributes:
        probe: A port, a URL or a heartbeat.
        interval: Seconds between two looks, and the most one look may take.
        retries: Looks that must fail in a row before the child is restarted as `unhealthy`.
    """

    probe: Probe
    interval: float = 10.0
    retries: int = 3


def read_ready(value: object, where: str = "ready") -> Ready | None:
    """`ready` as a user writes it: a line's regular expression, or `{"tcp": 8001, "timeout": 10}`, or None.

    Raises:
        ValueError: Says what was expected.
    """
    if value is None or isinstance(value, Ready):
        return value
    if isinstance(value, str):
        value = {"line": value}
    settings = _settings(value, where, kinds=("line", "tcp", "http"), others=("timeout",))
    probe = _probe(settings, where)
    return Ready(
        probe=probe, timeout=_seconds(settings.get("timeout", Ready(probe=probe).timeout), f"{where}.timeout")
    )


def read_health(value: object, where: str = "health") -> Health | None:
    """`health` as a user writes it: `{"http": url, "interval": 10, "retries": 3}`, or None.

    Raises:
        ValueError: Says what was expected.
    """
    if value is None or isinstance(value, Health):
        return value
    settings = _settings(value, where, kinds=("tcp", "http", "heartbeat"), others=("interval", "retries"))
    default = Health(probe=_probe(settings, where))
    retries = settings.get("retries", default.retries)
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 1:
        raise ValueError(f"{where}.retries: expected a whole number of 1 or more, got {retries!r}")
    interval = _seconds(settings.get("interval", default.interval), f"{where}.interval")
    return Health(probe=default.probe, interval=interval, retries=retries)


def has_address(url: str) -> bool:
    """True if `url` names, by http or https, a host and a port that can be."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not match, a port that is none
        return False


def _settings(
    value: object, where: str, *, kinds: tuple[str, ...], others: tuple[str, ...]
) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: expected a table with one of {', '.join(kinds)}, got {value!r}")  # noqa: TRY004 - one kind of error for whatever a user wrote
    unknown = set(value) - {*kinds, *others}
    if unknown:
        raise ValueError(
            f"{where}: expected {', '.join((*kinds, *others))}, got {', '.join(sorted(unknown))}"
        )
    if len(set(value) & set(kinds)) != 1:
        raise ValueError(f"{where}: expected exactly one of {', '.join(kinds)}, got {dict(value)!r}")
    return value


def _probe(settings: Mapping[str, Any], where: str) -> Probe:
    [kind] = {field.name for field in fields(Probe)} & set(settings)
    value = settings[kind]
    _CHECKS[kind](value, f"{where}.{kind}")
    return Probe(**{kind: value})


def _check_line(value: object, where: str) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{where}: expected a regular expression, got {value!r}")  # noqa: TRY004 - as above
    try:
        re.compile(value)
    except (re.error, OverflowError) as error:
        raise ValueError(f"{where}: expected a regular expression, got {value!r} ({error})") from error


def _check_tcp(value: object, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value not in _PORTS:
        raise ValueError(f"{where}: expected a port from 1 to 65535, got {value!r}")


def _check_http(value: object, where: str) -> None:
    if not isinstance(value, str) or not has_address(value):
        raise ValueError(f"{where}: expected a URL such as http://127.0.0.1:8001/health, got {value!r}")


def _check_heartbeat(value: object, where: str) -> None:
    if value is not True:
        raise ValueError(f"{where}: expected true, got {value!r}")


def _seconds(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ValueError(f"{where}: expected seconds above 0, got {value!r}")
    return float(value)


_CHECKS: Final = {"line": _check_line, "tcp": _check_tcp, "http": _check_http, "heartbeat": _check_heartbeat}
