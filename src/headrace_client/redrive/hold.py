"""Dead letters held while somebody looks at them: hidden from others, and given back.

A hold is short and is prolonged while it lasts, so that a process that dies gives its
messages back within a minute by doing nothing.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from headrace_client.errors import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from headrace_client.redrive.letters import DeadLetter
    from headrace_client.redrive.ports import DeadLetters

HIDDEN_SECONDS = 60
BEAT_SECONDS = 20
"""Two beats may be missed before a message is seen by others."""


class Hold:
    """Messages of some queues, in the order of the queues and of their age.

    To be used in a `with` block; what is left at its end, however it ends, is given
    back at once.

    Args:
        queues: By name.
        limit: How many of each queue at most.
        beats: Whether a thread prolongs the hold; without, `beat` does.
    """

    def __init__(
        self, queues: Mapping[str, DeadLetters], *, limit: int, beats: bool = True
    ) -> None:
        self._queues = queues
        self._limit = limit
        self._held: dict[tuple[str, str], DeadLetter] = {}
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._beats = beats

    def __enter__(self) -> Self:
        if self._beats:
            self._thread.start()
        try:
            # Side by side: each queue makes its caller wait to know that it is empty.
            with ThreadPoolExecutor(max_workers=len(self._queues)) as pool:
                list(pool.map(self._receive, self._queues.values()))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()
        # Those that cannot be given back now come back by themselves.
        with suppress(ClientError):
            self._hide(0)
        self._held.clear()

    def __iter__(self) -> Iterator[DeadLetter]:
        with self._lock:
            letters = list(self._held.values())
        places = {name: place for place, name in enumerate(self._queues)}
        return iter(
            sorted(letters, key=lambda each: (places[each.queue_name], each.sent_at))
        )

    def __len__(self) -> int:
        return len(self._held)

    def settle(self, letter: DeadLetter) -> None:
        """Delete a message for good; the hold has it no longer.

        Raises:
            ClientError: It may still be there.
        """
        self._queues[letter.queue_name].delete(letter)
        with self._lock:
            self._held.pop((letter.queue_name, letter.message_id), None)

    def beat(self) -> None:
        """Hide what is held for another minute.

        Raises:
            ClientError: That could not be asked for.
        """
        self._hide(HIDDEN_SECONDS)

    def _receive(self, queue: DeadLetters) -> None:
        letters = queue.receive(limit=self._limit, hidden_seconds=HIDDEN_SECONDS)
        with self._lock:
            for letter in letters:
                self._held[letter.queue_name, letter.message_id] = letter

    def _hide(self, seconds: int) -> None:
        with self._lock:
            letters: Sequence[DeadLetter] = list(self._held.values())
        for name, queue in self._queues.items():
            of_queue = [letter for letter in letters if letter.queue_name == name]
            if of_queue:
                queue.hide(of_queue, seconds=seconds)

    def _run(self) -> None:
        while not self._is_over.wait(BEAT_SECONDS):
            # A beat that fails is made good by the next.
            with suppress(ClientError):
                self.beat()
