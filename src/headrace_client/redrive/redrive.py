"""Dead letters, one by one: look at them, send them back, or drop them with a note.

A message is deleted only after SQS has confirmed that the live queue has it, or the
table that it has the note. Who dies in between leaves it in both places. That is
harmless: dispatch meets a request whose job stands as a duplicate, record passes over
a task event that is not newer than what it knows, and a second drop finds its note.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from headrace_client.errors import (
    ClientError,
    NotFoundError,
    RedriveRefusedError,
    RefusedError,
    UnreachableError,
)
from headrace_client.redrive.checking import Verdict, tenant_of
from headrace_client.redrive.dropping import WHY_CHARACTERS_MAX, Dropped, note_of
from headrace_client.redrive.examining import Examined, Look, examine
from headrace_client.redrive.hold import Hold
from headrace_client.redrive.letters import About, DeadLetter, about
from headrace_client.redrive.queues import BY_NAME, Contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from headrace_client.redrive import ports
    from headrace_client.redrive.checking import RequestChecker

NOTE_DAYS = 90
"""For how long a note of what was dropped is kept."""

LOOK_LIMIT = 100
"""Messages of one queue that are looked at, where nobody says how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrive:
    """The dead letters of a deployment; `redrive_of` makes one.

    Attributes:
        queues: The dead-letter queues that are known, by name.
        live: Where messages go back to, by what they are.
        logs: Of the functions that failed on a queue's messages, by the queue's name.
        notes: Where it is kept what was dropped.
        checker: Says what dispatch would do with a request.
        deployment_id: Part of every job id.
        who: Returns who acts, for the notes.
        now: The clock.
    """

    queues: Mapping[str, ports.DeadLetters]
    live: Mapping[Contents, ports.LiveQueue]
    logs: Mapping[str, ports.StageLog]
    notes: ports.Notes
    checker: RequestChecker
    deployment_id: str
    who: Callable[[], str]
    now: Callable[[], datetime]

    def hold(self, name: str | None = None, *, limit: int = LOOK_LIMIT) -> Hold:
        """Return a hold of one queue's messages, or of all queues'; see `Hold`.

        Raises:
            NotFoundError: The deployment names no such queue.
        """
        return Hold(self._chosen(name), limit=limit)

    def look(self, name: str | None = None, *, limit: int = LOOK_LIMIT) -> Look:
        """Return what is in one queue, or in all; the messages are given back.

        Every look counts as a receive of each message.

        Raises:
            NotFoundError: The deployment names no such queue.
            ClientError: A queue could not be read.
        """
        with self.hold(name, limit=limit) as hold:
            letters = list(hold)
            left = self.left_beside(letters, name)
        examined, unseen = self.examine(letters)
        return Look(examined=tuple(examined), left=left, unseen=unseen)

    def examine(
        self, letters: Iterable[DeadLetter]
    ) -> tuple[Sequence[Examined], tuple[str, ...]]:
        """Return what is known of messages, and what could not be looked at."""
        return examine(letters, about=self.about, logs=self.logs)

    def about(self, letter: DeadLetter, body: str | None = None) -> About:
        """Return what a message, or another body in its place, is about."""
        return about(
            letter, deployment_id=self.deployment_id, now=self.now(), body=body
        )

    def verdict(self, letter: DeadLetter, body: str | None = None) -> Verdict:
        """Return what would become of a message, or of another body in its place.

        Only requests are judged; of others nothing is known beforehand.
        """
        if letter.queue.contents is not Contents.REQUEST:
            return Verdict()
        return self.checker.verdict(letter.body if body is None else body)

    def send_back(
        self, hold: Hold, letter: DeadLetter, *, body: str | None = None
    ) -> str:
        """Send a message to where it came from, then delete the dead letter.

        Args:
            hold: What holds it.
            letter: The message.
            body: What is sent instead; for requests only, and only if dispatch would
                take it.

        Returns:
            The id of the message that was sent: always another one.

        Raises:
            RedriveRefusedError: It goes nowhere, or may not be edited.
            RefusedError: Dispatch would reject the body; nothing was sent.
            ClientError: Nobody knows whether it was sent, or it was and the dead letter
                stays; sending it again is safe.
        """
        live = self._live_of(letter)
        group = letter.group
        if body is not None and body != letter.body:
            group = self._checked(letter, body)
        elif group is None and letter.queue.contents is Contents.REQUEST:
            group = tenant_of(letter.body, now=self.now())
        sent = live.send(letter.body if body is None else body, group=group)
        try:
            hold.settle(letter)
        except ClientError as error:
            raise UnreachableError(
                f"Sent back as {sent}, but it also stays in {letter.queue_name!r}:"
                f" {error.problem}",
                advice="Drop it, or send it back again: a duplicate is recognised.",
            ) from error
        return sent

    def drop(self, hold: Hold, examined: Examined, *, why: str) -> Dropped:
        """Keep a note of a message with its body, then delete it.

        Returns:
            The note that stands: an earlier one, where the message was dropped before.

        Raises:
            RedriveRefusedError: The reason is empty or too long.
            ClientError: The note was not kept, or the message may still be there;
                dropping it again is safe.
        """
        why = why.strip()
        if not 1 <= len(why) <= WHY_CHARACTERS_MAX:
            raise RedriveRefusedError(
                f"The note must have 1 to {WHY_CHARACTERS_MAX} characters, but has"
                f" {len(why)}.",
                advice="Say why nobody needs the message any more: --note TEXT.",
            )
        note = note_of(
            examined.letter,
            examined.about,
            examined.last_error,
            by=self.who(),
            why=why,
            at=self.now(),
        )
        expires_at = self.now() + timedelta(days=NOTE_DAYS)
        standing = self.notes.keep(note, expires_at=expires_at)
        hold.settle(examined.letter)
        return standing

    def dropped(self, name: str | None = None) -> Sequence[Dropped]:
        """Return the notes of what was dropped, newest first, without the bodies.

        Raises:
            ClientError: They could not be read.
        """
        names = [name] if name else list(BY_NAME)
        notes = [note for each in names for note in self.notes.all(each)]
        return sorted(notes, key=lambda note: note.dropped_at, reverse=True)

    def left_beside(
        self, letters: Sequence[DeadLetter], name: str | None = None
    ) -> Mapping[str, ports.Depth]:
        """Return about how many more messages there are than those that are held."""
        left = {}
        for each, queue in self._chosen(name).items():
            depth, held = queue.depth(), [x for x in letters if x.queue_name == each]
            left[each] = replace(depth, held=max(0, depth.held - len(held)))
        return left

    def _chosen(self, name: str | None) -> Mapping[str, ports.DeadLetters]:
        if name is None:
            if not self.queues:
                raise NotFoundError(
                    "The deployment names no dead-letter queue.", advice=_NAMES
                )
            return self.queues
        if name not in self.queues:
            queue = BY_NAME.get(name)
            where = f" ({queue.variable} is not set)" if queue else ""
            raise NotFoundError(
                f"No dead-letter queue {name!r} is known{where}.", advice=_NAMES
            )
        return {name: self.queues[name]}

    def _live_of(self, letter: DeadLetter) -> ports.LiveQueue:
        contents = letter.queue.contents
        if contents is Contents.TICK:
            raise RedriveRefusedError(
                "A tick of the past has nothing to say: the next one did all of it.",
                advice="Drop it: --drop --note TEXT.",
            )
        if contents not in self.live:
            raise RedriveRefusedError(
                f"It is not known where messages of {letter.queue_name!r} go back to.",
                advice=_NAMES,
            )
        return self.live[contents]

    def _checked(self, letter: DeadLetter, body: str) -> str | None:
        """Return the tenant of an edited request that dispatch would take."""
        if letter.queue.contents is not Contents.REQUEST:
            raise RedriveRefusedError(
                f"Messages of {letter.queue_name!r} cannot be edited: they are what"
                " AWS said, and outcomes rest on that.",
                advice="Send it back as it is, or drop it.",
            )
        verdict = self.verdict(letter, body)
        if verdict.rejection is not None:
            raise RefusedError(
                verdict.rejection,
                advice="Nothing was sent; correct it and try again.",
            )
        return tenant_of(body, now=self.now())


_NAMES = (
    "Name the stack (--stack, HEADRACE_STACK), or set the HEADRACE_*_QUEUE_URL"
    " variables: docs/settings.md."
)
