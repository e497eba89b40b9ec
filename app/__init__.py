"""The photo desk: a small desktop program built on native_runtime as its users would build theirs."""
