"""Who may ask the gateway for what. Pure: what a request shows in, a verdict out."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_READING: Final = frozenset({"GET", "HEAD"})
_OPEN_PATHS: Final = frozenset({"/healthz"})
_HOW_TO_ENTER: Final = (
    "open the link that the app or `native-runtime runtime:status` shows, or send "
    "`Authorization: Bearer TOKEN` with the token of endpoint.json in the app's data folder"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """What a request shows of itself.

    Attributes:
        method: `GET`, `POST` …; a WebSocket is `WEBSOCKET`.
        path: Without the query.
        query: All parameters in order.
        host: The Host header, lower case; empty if there is none.
        origin: The Origin header, or None.
        authorization: The Authorization header; empty if there is none.
        cookies: By name.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    host: str = ""
    origin: str | None = None
    authorization: str = ""
    cookies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Granted:
    """Come in."""


@dataclass(frozen=True, slots=True)
class Enter:
    """The secret came in the address: keep it as a cookie and go to `location`, where it does not show."""

    location: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Stay out: an HTTP status and a sentence that helps."""

    status: int
    message: str


Verdict = Granted | Enter | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The secret of this run and the port it belongs to."""

    port: int
    token: str

    @property
    def cookie(self) -> str:
        """Cookies know no port, so the port is in the name: two apps keep two cookies."""
        return f"native_runtime_{self.port}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host headers that mean this server; any other is a name somebody made point here."""
        return (f"127.0.0.1:{self.port}", f"localhost:{self.port}")

    def opens(self, key: str | None) -> bool:
        """True for the secret; takes the same time for every wrong one."""
        return key is not None and hmac.compare_digest(key.encode(), self.token.encode())


def judge(knock: Knock, lock: Lock) -> Verdict:
    """Decide on one request: the Host first, then the Origin, then the secret."""
    if knock.host not in lock.hosts:
        expected = " or ".join(lock.hosts)
        return Refused(403, f"Host header: expected {expected}, got {knock.host or 'none'}; use that address")
    if knock.path in _OPEN_PATHS and knock.method in _READING:
        return Granted()
    if (foreign := _foreign_origin(knock, lock)) is not None:
        return foreign
    if knock.method in _READING and (keys := [value for key, value in knock.query if key == "token"]):
        return _enter(knock, lock, keys[-1])
    return _judge_secret(knock, lock)


def _foreign_origin(knock: Knock, lock: Lock) -> Refused | None:
    if knock.method in _READING or knock.origin == f"http://{knock.host}":
        return None
    if knock.origin is None and lock.opens(_bearer(knock)):
        return None  # a program, not a page: browsers name the origin of whatever changes something
    return Refused(
        403,
        f"Origin header: expected http://{knock.host}, got {knock.origin or 'none'}; pages of other servers may not "
        "act here, and programs send `Authorization: Bearer TOKEN`",
    )


def _enter(knock: Knock, lock: Lock, key: str) -> Verdict:
    if not lock.opens(key):
        return Refused(401, f"this link belongs to another run of the app; {_HOW_TO_ENTER}")
    rest = [(name, value) for name, value in knock.query if name != "token"]
    # One leading slash only: `//elsewhere` would be another server.
    path = "/" + knock.path.lstrip("/\\")
    return Enter(f"{path}?{urlencode(rest)}" if rest else path)


def _judge_secret(knock: Knock, lock: Lock) -> Verdict:
    shown = _bearer(knock) or knock.cookies.get(lock.cookie)
    if lock.opens(shown):
        return Granted()
    problem = "the secret is wrong or of another run of the app" if shown else "a secret is needed"
    return Refused(401, f"{problem}; {_HOW_TO_ENTER}")


def _bearer(knock: Knock) -> str | None:
    scheme, _, key = knock.authorization.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None
