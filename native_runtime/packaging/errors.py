"""Why there is no package."""

from __future__ import annotations

from native_runtime.errors import NativeRuntimeError


class SettingsError(NativeRuntimeError, ValueError):
    """The settings cannot be used; says which key, and what was expected."""


class BuildError(NativeRuntimeError, RuntimeError):
    """A build ended without a package; says which tool failed."""
