"""What the lean executable of a packaged build runs: the runtime's commands, and nothing of the window."""

import sys

import native_runtime

if __name__ == "__main__":
    # A build holds no such file, and `multiprocessing` would have its children look for it.
    del __file__
    native_runtime.bootstrap()
    sys.exit(f"{sys.argv[0]}: runs the background work of an app and is started by it; start the app instead")
