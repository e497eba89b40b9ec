"""The window: the only place that knows pywebview. A page of the gateway, native dialogs, and paths of dropped files."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import unquote

from native_runtime.desktop.display import NoWindowError, missing_for_window, toolkit
from native_runtime.desktop.pywebview import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from native_runtime.events import Events
    from native_runtime.window_slot import WindowSlot

_ROOT: Final = 0
_OPENING: Final = 15.0  # seconds


class Window:
    """An open window. Its methods may be called from any thread but the GUI's."""

    def __init__(self, native: Any) -> None:
        self._native = native

    def choose_folder(self) -> Path | None:
        """Let the person choose a folder in the system's dialog; None if they think better of it."""
        import webview

        chosen = self._native.create_file_dialog(webview.FileDialog.FOLDER, str(Path.home()))
        return Path(chosen[0]) if chosen else None

    def dropped(self, names: Sequence[str]) -> list[Path]:
        """Full paths of files and folders that were just dropped on the window.

        A page learns only their names. Each path is given out once.

        Args:
            names: As the page's `drop` event tells them.
        """
        drops = _drops()
        found = [(name, path) for name, path in drops["paths"] if unquote(name.rstrip("/")) in names]
        for each in found:
            drops["paths"].remove(each)
        return [_local(path) for _, path in found]

    def bring_to_front(self) -> None:
        """Show it above the others, also where it was hidden or made small."""
        self._native.events.shown.wait(_OPENING)  # it may be wanted while it is being opened
        self._native.show()
        self._native.restore()

    def run_script(self, script: str) -> Any:
        """Run JavaScript in the page; its value where the platform hands one back.

        Unlike pywebview's own `evaluate_js` this needs no `eval`, which the gateway's pages forbid.
        """
        return self._native.run_js(script)

    def tell(self, events: Events[Any]) -> None:
        """Have the page hear of `events`, until the window is closed; see `native_runtime.desktop.pywebview`."""
        tell(self._native, events)


def open_window(
    url: str,
    title: str,
    *,
    leaving: threading.Event,
    width: int = 1280,
    height: int = 860,
    keep_running: bool = False,
    slot: WindowSlot | None = None,
    on_open: Callable[[Window], object] = lambda _window: None,
) -> None:
    """Show a page in a window of its own; runs the GUI's loop and returns when the window is closed.

    Must be called on the main thread. There is no `js_api`: the bridge compiles code from text, which the
    gateway's Content-Security-Policy rightly forbids; a page asks the app over HTTP instead.

    Args:
        url: With the secret, for instance `runtime.url`.
        title: Of the window.
        leaving: Closes the window when it is set, and is set when the window is closed.
        width: Pixels.
        height: Pixels.
        keep_running: Closing the window only hides it, until `slot` is asked for it or `leaving` is set.
        slot: Where others ask for the window, `runtime.window`.
        on_open: Called on a thread of its own once the window is there.

    Raises:
        NoWindowError: No window can be opened; says what is missing and how to get it.
    """
    missing = missing_for_window()
    if missing is not None:
        raise missing
    _let_root_in()
    import webview

    native: Any = webview.create_window(
        title, url, width=width, height=height, min_size=(480, 360), text_select=True
    )
    _drops()["num_listeners"] = 1  # or the toolkits do not note the paths of what is dropped
    window = Window(native)
    if keep_running:
        native.events.closing += _hiding(native, leaving)
    forget = slot.on_show(window.bring_to_front) if slot is not None else _nothing
    native.events.closed += forget

    def accompany() -> None:
        native.events.shown.wait()
        on_open(window)
        leaving.wait()
        forget()  # now, not when it is gone: who asks in between is to wait for the end
        # Not in a signal handler: GTK deadlocks when its window is destroyed there.
        native.destroy()

    try:
        webview.start(accompany, gui=cast("Any", toolkit()))
    except webview.WebViewException as error:
        raise NoWindowError(
            f"pywebview cannot open one ({error})", "start the app with --headless"
        ) from error
    finally:
        forget()
        leaving.set()


def _hiding(native: Any, leaving: threading.Event) -> Callable[[], bool]:
    """What the toolkit asks when the window is to be closed; False keeps it."""

    def may_close() -> bool:
        if leaving.is_set():
            return True
        native.hide()
        return False

    return may_close


def _nothing() -> None:
    """Where nobody can ask for the window."""


def _let_root_in() -> None:
    """Qt's web engine aborts the whole program when root starts it with its sandbox on; nobody else needs this."""
    if sys.platform != "win32" and os.geteuid() == _ROOT:
        os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")


def _drops() -> dict[str, Any]:
    """Where pywebview's toolkits put `(name, path)` of what is dropped, both percent-encoded.

    Not part of its public face. The public way to it is an event handler that needs `eval` in the page.
    """
    from webview import dom

    drops: dict[str, Any] = dom._dnd_state  # noqa: SLF001 - see above
    return drops


def _local(path: str) -> Path:
    """A path from a file URL's; Windows drives come as `/C:/…`."""
    plain = unquote(path)
    return Path(plain.lstrip("/") if sys.platform == "win32" and plain[2:3] == ":" else plain)
