"""What `headrace redrive` does and prints, one method for each of its modes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from headrace_client.cli import dead_letters, screens
from headrace_client.cli.dialogue import Dialogue
from headrace_client.cli.exit_codes import ExitCode
from headrace_client.errors import NotFoundError, RefusedError
from headrace_client.redrive import documents
from headrace_client.redrive.batches import HOLD_MESSAGES, settle_all

if TYPE_CHECKING:
    from headrace_client.redrive import DeadLetter, Hold, Redrive

FAILURES_SHOWN = 10


class Desk:
    """Where dead letters are dealt with.

    Args:
        redrive: Those of a deployment.
        queue_name: Only this queue; None is all.
        limit: How many of each queue are looked at.
        as_json: Whether to print JSON for programs.
    """

    def __init__(
        self, redrive: Redrive, queue_name: str | None, limit: int, *, as_json: bool
    ) -> None:
        self._redrive = redrive
        self._queue_name = queue_name
        self._limit = limit
        self._as_json = as_json
        self._output = screens.console()
        self._now = datetime.now(UTC)

    def list_letters(self) -> None:
        """Print what is in the queues."""
        look = self._redrive.look(self._queue_name, limit=self._limit)
        if self._as_json:
            _print_json(documents.look_document(look))
            return
        dead_letters.print_look(look, self._output, now=self._now)
        if look.examined:
            self._output.print(
                "\nOne by one, on a terminal: headrace redrive. Or name one:"
                " --message-id ID --send-back."
            )

    def walk(self) -> None:
        """Show one message after the other, and ask what to do with it."""
        with self._redrive.hold(self._queue_name, limit=self._limit) as hold:
            if not len(hold):
                look = self._redrive.left_beside((), self._queue_name)
                held = sum(depth.held for depth in look.values())
                also = f" Somebody else holds {held} just now." if held else ""
                click.echo(f"There are no dead letters.{also}")
                return
            dialogue = Dialogue(self._redrive, hold, self._output, now=self._now)
            try:
                dialogue.walk()
            except click.Abort:
                click.echo()
                self._sum_up(dialogue, hold)
                click.get_current_context().exit(ExitCode.INTERRUPTED)
            self._sum_up(dialogue, hold)

    def show(self, message_id: str) -> None:
        """Print one message whole."""
        with self._redrive.hold(self._queue_name, limit=self._limit) as hold:
            letter = _find(hold, message_id)
            [examined], unseen = self._redrive.examine([letter])
            verdict = self._redrive.verdict(letter)
        if self._as_json:
            document = documents.letter_document(examined)
            would = documents.verdict_document(verdict)
            _print_json(document | {"sentBack": would, "notLookedAt": list(unseen)})
            return
        table = dead_letters.letter_details(examined, verdict, now=self._now)
        self._output.print(table)
        for sentence in unseen:
            self._output.print(f"[yellow]Not looked at:[/] {sentence}")
        self._output.print()
        click.echo(dead_letters.printable(dead_letters.pretty(letter.body)).rstrip())

    def settle(self, message_id: str, *, note: str | None) -> None:
        """Send one message back, or drop it where there is a note."""
        with self._redrive.hold(self._queue_name, limit=self._limit) as hold:
            letter = _find(hold, message_id)
            if note is None:
                sent = self._redrive.send_back(hold, letter)
                self._tell(letter, "sentBack", f"Sent back as message {sent}.", sent)
            else:
                self._drop(hold, letter, note)
                self._tell(letter, "dropped", "Dropped; see headrace redrive --dropped")

    def edit(self, message_id: str, body: str) -> None:
        """Send another body instead of a message's, if dispatch would take it."""
        with self._redrive.hold(self._queue_name, limit=self._limit) as hold:
            letter = _find(hold, message_id)
            try:
                sent = self._redrive.send_back(hold, letter, body=body)
            except RefusedError as error:
                if not self._as_json:
                    table = dead_letters.refusal_lines(error.rejection)
                    screens.console(is_error=True).print(table)
                raise
            self._tell(letter, "sentBack", f"Sent back as message {sent}.", sent)

    def settle_all(self, *, note: str | None) -> None:
        """Send all messages back, or drop them where there is a note."""

        def settle(hold: Hold, letter: DeadLetter) -> str | None:
            if note is None:
                return self._redrive.send_back(hold, letter)
            self._drop(hold, letter, note)
            return None

        limit = min(self._limit, HOLD_MESSAGES)
        progress = screens.console(is_error=True)
        with progress.status("Looking for dead letters") as status:
            done = settle_all(
                lambda: self._redrive.hold(self._queue_name, limit=limit),
                settle,
                on_each=lambda number: status.update(f"{number} dead letters tried"),
            )
        verb = "Sent back" if note is None else "Dropped"
        if self._as_json:
            failures = [
                {
                    "queue": letter.queue_name,
                    "messageId": letter.message_id,
                    "problem": error.problem,
                    "advice": error.advice,
                }
                for letter, error in done.failures
            ]
            _print_json({"settled": done.settled, "failures": failures})
        else:
            click.echo(f"{verb} {done.settled}; {len(done.failures)} stay.")
            for letter, error in done.failures[:FAILURES_SHOWN]:
                click.echo(f"{letter.queue_name} {letter.message_id}: {error.problem}")
        if done.failures:
            click.get_current_context().exit(ExitCode.NO)

    def list_dropped(self, message_id: str | None) -> None:
        """Print the notes of what was dropped; of one message with its body."""
        notes = self._redrive.dropped(self._queue_name)
        if message_id is not None:
            notes = [note for note in notes if note.message_id == message_id]
            if not notes:
                raise NotFoundError(
                    f"No message {message_id!r} was dropped.",
                    advice="headrace redrive --dropped lists those that were.",
                )
            body = self._redrive.notes.body(notes[0])
            _print_json(documents.dropped_document(notes[0], body=body))
        elif self._as_json:
            _print_json([documents.dropped_document(note) for note in notes])
        elif not notes:
            click.echo("Nothing was dropped.")
        else:
            wide = dead_letters.is_wide(self._output)
            table = dead_letters.dropped_list(notes, now=self._now, is_wide=wide)
            self._output.print(table)
            click.echo("With its body: headrace redrive --dropped --message-id ID")

    def _drop(self, hold: Hold, letter: DeadLetter, note: str) -> None:
        [examined], _ = self._redrive.examine([letter])
        self._redrive.drop(hold, examined, why=note)

    def _tell(
        self, letter: DeadLetter, what: str, text: str, sent: str | None = None
    ) -> None:
        if not self._as_json:
            click.echo(text)
            return
        document = {
            "queue": letter.queue_name,
            "messageId": letter.message_id,
            "action": what,
        }
        _print_json(document | ({"sentMessageId": sent} if sent else {}))

    def _sum_up(self, dialogue: Dialogue, hold: Hold) -> None:
        done = ", ".join(f"{number} {what}" for what, number in dialogue.done.items())
        left = len(hold)
        back = f"{left} given back, visible to others again" if left else "none is left"
        click.echo(f"{done or 'Nothing was done'}; {back}.")


def _find(hold: Hold, message_id: str) -> DeadLetter:
    """Return a message that is held.

    Raises:
        NotFoundError: It is not.
    """
    for letter in hold:
        if letter.message_id == message_id:
            return letter
    raise NotFoundError(
        f"There is no dead letter {message_id!r} that can be had just now.",
        advice="headrace redrive --list shows what there is; somebody may hold it, or"
        " there are more than --limit.",
    )


def _print_json(document: Any) -> None:  # noqa: ANN401  # any JSON value
    click.echo(json.dumps(document, indent=2))
