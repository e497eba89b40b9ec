"""Whether two stored calls are the same: the same keys and values, in whatever order the keys stand."""

from __future__ import annotations

from typing import Final

import msgspec

_DECODER: Final = msgspec.json.Decoder()
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


def canonical(payload: bytes) -> bytes:
    """The payload with all keys in order; as it is where it is no JSON that can be read.

    The stored one keeps the order in which its dicts were given: the job sees it.
    """
    try:
        return _ENCODER.encode(_DECODER.decode(payload))
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return payload


def is_same_call(one: bytes, other: bytes) -> bool:
    """True if both payloads are the same call."""
    return one == other or canonical(one) == canonical(other)
