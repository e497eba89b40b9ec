"""What the lean executable of a packaged build runs: the runtime's commands, and nothing of the window."""

import sys

from native_runtime.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
