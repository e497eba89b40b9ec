"""What the desk itself tells, beside the runtime's own events."""

from __future__ import annotations

from dataclasses import dataclass

from native_runtime.events import FrequentEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoRefused(FrequentEvent):
    """Why a photo could not be read is in the catalogue now: the job's own news may reach a page before that.

    Attributes:
        photo: Its id.
    """

    photo: str
