"""`python -m new_app`: the app, and in a packaged build also each of its workers."""

import native_runtime

native_runtime.bootstrap()  # first of all: a worker that starts here must not import the window

import sys  # noqa: E402

from new_app.program import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
