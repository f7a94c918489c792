"""One invocation of a function: its greenlets, its time, and its sudden end."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from greenlet import getcurrent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from headrace_local.simulation.loop import Loop


class Invocation:
    """One run of a handler, which may be killed whenever it waits.

    Whatever was on its way to AWS at that moment still arrives.

    Attributes:
        name: Its own: `dispatch-3`.
        event: What it was started with.
        is_dead: Nothing of it runs again.
        calls: How many calls of each kind it has made, for the names of the next.
        sending: The name of the request that it sends, for those who hear of it.
    """

    def __init__(
        self,
        loop: Loop,
        name: str,
        event: Mapping[str, Any],
        *,
        deadline_seconds: float,
    ) -> None:
        self.name = name
        self.event = event
        self.is_dead = False
        self.calls: dict[str, int] = {}
        self.sending = ""
        self._loop = loop
        self._deadline_seconds = deadline_seconds
        self.on_death: Callable[[str], None] = lambda _: None

    @property
    def remaining_seconds(self) -> float:
        """What Lambda leaves it."""
        return self._deadline_seconds - self._loop.elapsed_seconds

    def call_name(self, operation: str) -> str:
        """Return the name of its next call of an operation."""
        number = self.calls.get(operation, 0) + 1
        self.calls[operation] = number
        return f"{self.name}/{operation}-{number}"

    def die(self, cause: str) -> None:
        """End at once; nothing of it runs again, not even what cleans up."""
        if not self.is_dead:
            self.is_dead = True
            self.on_death(cause)

    def wait(self, seconds: float) -> None:
        """Let the calling greenlet wait; it never wakes if the invocation dies."""
        self._loop.after(seconds, partial(self.resume, getcurrent().switch))
        self._loop.suspend()

    def resume(self, switch: Callable[[], object]) -> None:
        """Go on with one of its greenlets, while it lives."""
        if not self.is_dead:
            switch()

    def spawn(self, work: Callable[[], object]) -> None:
        """Begin another greenlet of it, behind what is due already."""
        self._loop.after(0, lambda: None if self.is_dead else self._loop.begin(work))

    def rest_for_ever(self) -> None:
        """Let the calling greenlet, of a dead invocation, run no more."""
        self._loop.suspend()


class Skewed:
    """The clock of an environment: right but for a constant, as a machine's is.

    Attributes:
        invocation: Whose greenlets wait in `pause`.
    """

    def __init__(self, loop: Loop, skew_seconds: float) -> None:
        self._loop = loop
        self._skew_seconds = skew_seconds
        self.invocation: Invocation | None = None

    def now(self) -> datetime:
        """See `Clock`."""
        return self._loop.at(self._skew_seconds)

    def pause(self, seconds: float) -> None:
        """See `Clock`."""
        assert self.invocation is not None  # noqa: S101 - stages run in one
        self.invocation.wait(seconds)


class Crew:
    """The `Workers` of an environment: greenlets instead of threads.

    Attributes:
        invocation: Whose steps they do.
    """

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self.invocation: Invocation | None = None

    def run[R](
        self, steps: Iterable[Callable[[], R]], *, at_once_max: int
    ) -> list[Future[R]]:
        """See `Workers`."""
        waiting = deque((Future[R](), step) for step in steps)
        ended = [future for future, _ in waiting]
        invocation = self.invocation
        assert invocation is not None  # noqa: S101 - stages run in one
        if len(waiting) <= 1:
            _work(waiting)
            return ended
        left = min(at_once_max, len(waiting))
        go_on = partial(invocation.resume, getcurrent().switch)

        def worker() -> None:
            nonlocal left
            _work(waiting)
            left -= 1
            if left == 0:
                self._loop.after(0, go_on)

        for _ in range(left):
            invocation.spawn(worker)
        self._loop.suspend()
        return ended


def _work[R](waiting: deque[tuple[Future[R], Callable[[], R]]]) -> None:
    while waiting:
        future, step = waiting.popleft()
        try:
            future.set_result(step())
        except Exception as error:  # noqa: BLE001 - as a thread pool keeps it
            future.set_exception(error)
