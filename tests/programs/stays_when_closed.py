"""An app whose window only hides when it is closed. Each line on stdin closes the window, as its button would."""

import sys
import threading

from native_runtime import Runtime
from native_runtime.desktop.run import run_app
from native_runtime.desktop.window import Window
from native_runtime.workers.config import Config, RuntimeConfig


def close_on_request(window: Window) -> None:
    """Close Qt's window from its own thread."""
    from qtpy import QtCore

    for _line in sys.stdin:
        QtCore.QMetaObject.invokeMethod(
            window._native.native, "close", QtCore.Qt.ConnectionType.QueuedConnection
        )


if __name__ == "__main__":
    run_app(
        Runtime(Config(runtime=RuntimeConfig(app="Stays"))),
        title="Stays",
        keep_running=True,
        on_open=lambda window: threading.Thread(target=close_on_request, args=[window], daemon=True).start(),
    )
