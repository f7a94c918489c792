"""One dead letter after the other on a terminal: look, then decide."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click
from rich.rule import Rule

from headrace_client.cli import dead_letters as screens
from headrace_client.errors import ClientError, RefusedError
from headrace_client.redrive.queues import Contents

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from headrace_client.redrive import Examined, Hold, Redrive

_ACTIONS = {
    "s": "send back",
    "e": "edit, then send back",
    "d": "drop with a note",
    "n": "next",
    "q": "quit",
}


class Dialogue:
    """A walk through dead letters that are held.

    Args:
        redrive: Does what is decided.
        hold: Holds the messages.
        output: Where to print.
        now: When the walk began.
    """

    def __init__(
        self, redrive: Redrive, hold: Hold, output: Console, *, now: datetime
    ) -> None:
        self._redrive = redrive
        self._hold = hold
        self._output = output
        self._now = now
        self.done: Counter[str] = Counter()

    def walk(self) -> None:
        """Show each message and do what is decided; end at the last, or on `q`.

        Raises:
            click.Abort: Ctrl-C, or the input has ended.
        """
        examined, unseen = self._redrive.examine(self._hold)
        for sentence in unseen:
            self._output.print(f"[yellow]Not looked at:[/] {sentence}")
        for number, each in enumerate(examined, start=1):
            self._output.print()
            title = f"{each.letter.queue_name}: {number} of {len(examined)}"
            self._output.print(Rule(f"[bold]{title}[/]", align="left", style="dim"))
            if not self._decide(each):
                return

    def _decide(self, examined: Examined) -> bool:
        """Show one message and do what is decided; return whether to go on."""
        self._show(examined)
        offered = _offered(examined)
        while True:
            choice = self._ask(offered)
            if choice == "q":
                return False
            if choice == "n":
                return True
            try:
                if self._do(choice, examined):
                    return True
            except ClientError as error:
                click.secho(f"Error: {error.problem}", fg="red", err=True)
                click.echo(f"Try: {error.advice}", err=True)

    def _show(self, examined: Examined) -> None:
        verdict = self._redrive.verdict(examined.letter)
        self._output.print(screens.letter_details(examined, verdict, now=self._now))
        self._output.print()
        body = screens.body_excerpt(examined.letter.body, columns=self._output.width)
        self._output.print(body, markup=False)
        self._output.print()

    def _ask(self, offered: dict[str, str]) -> str:
        keys = "  ".join(f"[bold]{key}[/] {text}" for key, text in offered.items())
        self._output.print(keys)
        answer: str = click.prompt(
            "What to do with it",
            type=click.Choice(list(offered), case_sensitive=False),
            default="n",
            show_choices=False,
        )
        return answer

    def _do(self, choice: str, examined: Examined) -> bool:
        """Do what was chosen; return whether the message is settled."""
        letter = examined.letter
        if choice == "s":
            sent = self._redrive.send_back(self._hold, letter)
            return self._tell("sent back", f"Sent back as message {sent}.")
        if choice == "e":
            return self._edit(examined)
        why = click.prompt("Why does nobody need it any more")
        note = self._redrive.drop(self._hold, examined, why=why)
        kept = "with its body" if note.parts else "without its body"
        return self._tell("dropped", f"Dropped; the note is kept {kept}.")

    def _edit(self, examined: Examined) -> bool:
        """Let the body be edited until dispatch would take it, then send it."""
        text = screens.pretty(examined.letter.body)
        while True:
            edited = click.edit(text, extension=".json", require_save=False)
            if edited is None or edited == text:
                self._output.print("Nothing was changed; nothing was sent.")
                return False
            text = edited
            rejection = self._redrive.verdict(examined.letter, text).rejection
            if rejection is None:
                break
            self._output.print(screens.refusal_lines(rejection))
            if not click.confirm("Nothing was sent. Edit it again?", default=True):
                return False
        if not click.confirm("Dispatch would take it. Send it back?", default=True):
            return False
        try:
            sent = self._redrive.send_back(self._hold, examined.letter, body=text)
        except RefusedError as error:  # it was taken a moment ago: a deadline passed
            self._output.print(screens.refusal_lines(error.rejection))
            return False
        return self._tell("edited and sent back", f"Sent back as message {sent}.")

    def _tell(self, what: str, sentence: str) -> bool:
        self.done[what] += 1
        self._output.print(f"[green]{sentence}[/]")
        return True


def _offered(examined: Examined) -> dict[str, str]:
    contents = examined.letter.queue.contents
    refused = {
        Contents.REQUEST: "",
        Contents.TASK_EVENT: "e",
        Contents.TICK: "se",
        Contents.ANNOUNCEMENT: "e",
    }[contents]
    return {key: text for key, text in _ACTIONS.items() if key not in refused}
