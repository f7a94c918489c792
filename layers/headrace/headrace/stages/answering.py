"""Answer one task token, with a few tries."""

from __future__ import annotations

from headrace.announcements.answers import TokenAnswer
from headrace.errors import TryLater
from headrace.ports import Answered, Ports

ANSWER_TRIES_MAX = 3
PAUSE_SECONDS = 0.5


def send_answer(answer: TokenAnswer, ports: Ports) -> None:
    """Answer one token.

    Raises:
        TryLater: It was not taken, though it was tried several times.
    """
    for number in range(1, ANSWER_TRIES_MAX + 1):
        try:
            answered = ports.workflows.answer(answer)
        except TryLater:
            if number == ANSWER_TRIES_MAX:
                raise
            ports.clock.pause(PAUSE_SECONDS * number)
        else:
            break
    if answered is Answered.TAKEN:
        ports.signals.emit("token.answered", about=answer.about)
    else:
        ports.signals.emit("token.closed", about=answer.about)
