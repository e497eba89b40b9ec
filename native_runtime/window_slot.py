"""How the app's window is brought to the front, whichever toolkit it is of; or that there is none."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class WindowSlot:
    """Filled by who opens the window, and asked by whoever wants to see it. Safe from any thread."""

    def __init__(self) -> None:
        self._show: Callable[[], object] | None = None
        self._lock = threading.Lock()

    def on_show(self, show: Callable[[], object]) -> Callable[[], None]:
        """Call `show` when somebody wants to see the window: a second launch, `runtime:show`, the app itself.

        It is called on any thread but the GUI's, so let it hand over to that one where the toolkit asks for it.
        The latest `show` counts. Call the returned function once there is no window any more.
        """
        self._show = show

        def forget() -> None:
            with self._lock:
                if self._show is show:
                    self._show = None

        return forget

    def show(self) -> bool:
        """Bring the window to the front; False if there is none."""
        show = self._show
        if show is None:
            return False
        show()
        return True
