"""`python -m app`: the photo desk, and in a packaged build also each of its workers."""

import native_runtime

native_runtime.bootstrap()

import sys  # noqa: E402 - a worker that re-enters here must not import what only the window needs

from app.program import main  # noqa: E402 - the same

if __name__ == "__main__":
    sys.exit(main())
