"""Builds packages of an app: a folder, a single file, a .deb and installers, from its briefcase.toml."""
