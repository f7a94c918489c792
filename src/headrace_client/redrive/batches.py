"""The same for many dead letters: nothing is asked, what fails is told at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace_client.errors import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_client.redrive.hold import Hold
    from headrace_client.redrive.letters import DeadLetter

HOLD_MESSAGES = 100
"""Held at once: few enough to be done with before the hold needs many beats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done.

    Attributes:
        settled: How many messages.
        failures: What became of the others, which stay: the message and the problem.
    """

    settled: int
    failures: tuple[tuple[DeadLetter, ClientError], ...]


def settle_all(
    hold: Callable[[], Hold],
    settle: Callable[[Hold, DeadLetter], str | None],
    *,
    on_each: Callable[[int], object] = lambda _: None,
) -> Done:
    """Settle messages until none is left that was not tried.

    Args:
        hold: Returns a new hold of messages.
        settle: Sends one back, or drops it; returns the id of what it sent, which is
            not tried should it come here too.
        on_each: Called with the number of those that were tried.

    Raises:
        ClientError: A queue could not be read.
    """
    tried: set[str] = set()
    failures: list[tuple[DeadLetter, ClientError]] = []
    number = 0
    while True:
        with hold() as held:
            fresh = [letter for letter in held if letter.message_id not in tried]
            if not fresh:
                return Done(settled=number - len(failures), failures=tuple(failures))
            for letter in fresh:
                tried.add(letter.message_id)
                number += 1
                try:
                    tried.add(settle(held, letter) or letter.message_id)
                except ClientError as error:
                    failures.append((letter, error))
                on_each(number)
