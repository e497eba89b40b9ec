"""A picture's fingerprint: 64 bits that stay nearly the same when it is resized, recoded or brightened."""

from __future__ import annotations

from typing import Final

from PIL import Image

BITS: Final = 64
_SIDE: Final = 8  # rows of 8 comparisons each; a row of 9 greys gives 8


def difference_hash(image: Image.Image) -> int:
    """Say for 8 × 8 places whether the picture grows brighter to the right.

    Args:
        image: Any mode, already turned upright.

    Returns:
        An unsigned 64-bit number; the top left place is the highest bit.
    """
    small = image.convert("L").resize((_SIDE + 1, _SIDE), Image.Resampling.LANCZOS)
    greys = small.tobytes()
    bits = 0
    for row in range(_SIDE):
        start = row * (_SIDE + 1)
        for column in range(start, start + _SIDE):
            bits = bits << 1 | (greys[column] < greys[column + 1])
    return bits


def distance(one: int, other: int) -> int:
    """In how many of the 64 places two fingerprints differ."""
    return (one ^ other).bit_count()
