"""Workers: what workers.toml wants, and the children that fulfil it."""
