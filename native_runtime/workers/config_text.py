"""The text of workers.toml as it stands on the disk: bytes to text, and a digest that tells two texts apart."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from native_runtime.errors import ConfigError, ConfigProblem
from native_runtime.workers.locator import Lines

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_FILE: Final = 1024 * 1024
"""Bytes. Nobody writes so much, and whatever is in it, it can be read in some seconds."""
BYTE_ORDER_MARK: Final = "\ufeff"


def text_of(body: bytes, path: Path) -> str:
    """The content of a file as text, without a byte order mark.

    Raises:
        ConfigError: It is too large or not UTF-8.
    """
    return decode(_not_too_large(body, path), path).removeprefix(BYTE_ORDER_MARK)


def read_body(path: Path) -> bytes:
    """The whole file.

    Raises:
        ConfigError: It is not there, cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            body = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise ConfigError(
            [
                f"{path}: expected a file, got none; create it, or name another with -c or NATIVE_RUNTIME_CONFIG"
            ]
        ) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: expected a file, got a folder; name the file inside it"]) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        hint = "a folder cannot be read as a file" if _is_folder(path) else "let this user read the file"
        why = getattr(error, "strerror", None) or error
        raise ConfigError([f"{path}: cannot be read: {why}; {hint}"]) from error
    return _not_too_large(body, path)


def decode(body: bytes, path: Path) -> str:
    """The bytes as text; a byte order mark, which editors on Windows put in front, stays there.

    Raises:
        ConfigError: They are not UTF-8; tells the first wrong byte.
    """
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8", errors="replace").removeprefix(BYTE_ORDER_MARK)
        line, column = Lines(before).position(len(before))
        got = f"got the byte 0x{body[error.start]:02x}"
        raise ConfigError(
            [
                ConfigProblem(
                    source=path.name,
                    line=line,
                    column=column,
                    text=f"expected UTF-8 text, {got}; save the file as UTF-8",
                )
            ]
        ) from None


def encode(text: str, path: Path) -> bytes:
    """The text as the bytes of a file that can be read again.

    Raises:
        ConfigError: It is too large, or holds what is half a character.
    """
    try:
        return _not_too_large(text.encode(), path)
    except UnicodeEncodeError as error:
        half = f"U+{ord(text[error.start]):04X}"
        raise ConfigError([f"{path}: expected whole characters, got {half}, which is half of one"]) from None


def digest_of(body: bytes) -> str:
    """Tells two texts of a file apart: SHA-256 of its bytes, in hex."""
    return hashlib.sha256(body).hexdigest()


def _not_too_large(body: bytes, path: Path) -> bytes:
    if len(body) > LARGEST_FILE:
        raise ConfigError(
            [f"{path}: expected at most {LARGEST_FILE} bytes, got more; is this the right file?"]
        )
    return body


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except ValueError:
        return False
