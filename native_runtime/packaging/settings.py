"""What a build needs to know of an app: read from its briefcase.toml and its workers.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from native_runtime.packaging.errors import SettingsError

FILE: Final = "briefcase.toml"
OWN: Final = "[tool.native-runtime.package]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """An app, as its packages show it.

    Attributes:
        project: The folder in which briefcase.toml lies; paths are relative to it.
        name: Of the executable and of the Debian package.
        formal_name: As a person reads it.
        identifier: Of the app among all apps, such as `org.example.photo-desk`.
        maintainer: `Name <address>`.
        summary: One line.
        details: Some lines.
        license: The licence's short name.
        license_file: Its text.
        icon: A PNG, or None.
        module: The package that `python -m` starts.
        config: Its workers.toml.
        jobs: Modules that workers import by name.
        modules: Further modules that are imported by name only.
        leave_out: Modules that the build does not need.
        debian_depends: Packages that the .deb needs.
        debian_section: Of the archive.
        categories: Of the desktop's menu.
    """

    project: Path
    name: str
    formal_name: str
    identifier: str
    version: str
    maintainer: str
    url: str
    summary: str
    details: str
    license: str
    license_file: Path
    icon: Path | None
    module: str
    config: Path
    jobs: tuple[str, ...]
    modules: tuple[str, ...]
    leave_out: tuple[str, ...]
    debian_depends: tuple[str, ...]
    debian_section: str
    categories: tuple[str, ...]

    @property
    def worker(self) -> str:
        """Name of the lean executable; the runtime looks for it beside the app's."""
        return f"{self.name}-worker"


def read(project: Path) -> Settings:
    """Read the settings of the one app that `project`/briefcase.toml describes.

    Raises:
        SettingsError: The file or a key is missing, or several apps are described.
    """
    path = project / FILE
    try:
        tool = tomllib.loads(path.read_text("utf-8")).get("tool", {})
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: expected the settings of an app: {error}") from error
    common = tool.get("briefcase", {})
    apps = common.get("app", {})
    if len(apps) != 1:
        raise SettingsError(f"{path}: expected one [tool.briefcase.app.NAME], got {len(apps)}")
    [(name, app)] = apps.items()
    return _settings(path, name, {**common, **app}, tool.get("native-runtime", {}).get("package", {}))


def _settings(path: Path, name: str, app: dict[str, Any], own: dict[str, Any]) -> Settings:
    def needed(table: dict[str, Any], key: str, where: str = f"[tool.briefcase.app.{name}]") -> str:
        if not isinstance(table.get(key), str):
            raise SettingsError(f"{path}: {where} {key}: expected text, got {table.get(key)!r}")
        return str(table[key])

    project, linux = path.parent, app.get("linux", {})
    config = project / own.get("config", "workers.toml")
    return Settings(
        project=project,
        name=name,
        formal_name=needed(app, "formal_name"),
        identifier=f"{needed(app, 'bundle')}.{name}",
        version=needed(app, "version"),
        maintainer=f"{needed(app, 'author')} <{needed(app, 'author_email')}>",
        url=app.get("url", ""),
        summary=needed(app, "description"),
        details=app.get("long_description", ""),
        license=needed(app, "license"),
        license_file=project / (*app.get("license-files", ()), "LICENSE")[0],
        icon=_icon(path, app.get("icon")),
        module=needed(own, "module", OWN),
        config=config,
        jobs=_jobs(config),
        modules=tuple(own.get("modules", ())),
        leave_out=tuple(own.get("leave_out", ())),
        debian_depends=tuple(linux.get("system_runtime_requires", ())),
        debian_section=linux.get("system_section", "utils"),
        categories=tuple(own.get("categories", ("Utility",))),
    )


def _icon(path: Path, stem: str | None) -> Path | None:
    """Briefcase names an icon without its ending."""
    if stem is None:
        return None
    icon = (path.parent / stem).with_suffix(".png")
    if not icon.is_file():
        raise SettingsError(f"{path}: icon: expected a PNG at {icon}, which is not there")
    return icon


def _jobs(config: Path) -> tuple[str, ...]:
    try:
        return tuple(tomllib.loads(config.read_text("utf-8")).get("runtime", {}).get("jobs", ()))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"{config}: expected the workers of the app, named by {OWN} config: {error}"
        ) from error
