"""A loop in a thread of its own, until it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Background:
    """Calls `step` every `seconds`, starting at once.

    A step that raises is reported and does not end the loop: what it watches may be
    starting, restarting or stopping.

    Args:
        name: of the thread.
        step: what to do; it gets how long it may last before nobody waits for it.
        seconds: pause between the end of one step and the next.
        report: called with what a step raised.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], None],
        *,
        seconds: float,
        report: Callable[[Exception], None],
    ) -> None:
        self._step = step
        self._seconds = seconds
        self._report = report
        self._stopping = threading.Event()
        # A daemon: a call that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin no further step; do not wait for the one under way."""
        self._stopping.set()

    def wait(self, seconds: float) -> None:
        """Wait for the step under way, but not for ever."""
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._step()
            except Exception as error:  # noqa: BLE001 - reported; see the class
                if not self._stopping.is_set():
                    self._report(error)
            self._stopping.wait(self._seconds)
