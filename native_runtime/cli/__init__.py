"""The command line: finds the app of a workers.toml and talks to it, or to its store when it does not run."""
