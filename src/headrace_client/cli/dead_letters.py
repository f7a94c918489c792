"""Dead letters as tables for people: 80 columns are enough."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from headrace_client.cli.screens import COLUMNS_WIDE, ago, plain_table, status_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from rich.console import Console, RenderableType

    from headrace.requests.rejection import Rejection
    from headrace_client.redrive import About, Dropped, Examined, Look, Verdict
    from headrace_client.redrive.ports import LastError

BODY_LINES_MAX = 40
ERROR_CHARACTERS_MAX = 160
KEY_CHARACTERS_MAX = 60
SHORT_ID_CHARACTERS = 8


def printable(text: str) -> str:
    """Return text that cannot move the cursor: what is no character is escaped."""
    return "".join(
        each
        if each.isprintable() or each == "\n"
        else each.encode("unicode_escape").decode()
        for each in text
    )


def shortened(text: str, characters_max: int) -> str:
    """Return a text in one line, cut where it is too long."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= characters_max else f"{line[: characters_max - 1]}…"


def print_look(look: Look, output: Console, *, now: datetime) -> None:
    """Print what was found, queue by queue."""
    empty = []
    for name, left in look.left.items():
        of_queue = [each for each in look.examined if each.letter.queue_name == name]
        if not of_queue and not left.held and not left.waiting:
            empty.append(name)
            continue
        output.print(_heading(name, len(of_queue), left.waiting, left.held))
        if of_queue:
            output.print(Text(f"Why: {of_queue[0].letter.queue.why}.", style="dim"))
            output.print(
                _letters(of_queue, now=now)
                if is_wide(output)
                else _narrow_letters(of_queue, now=now)
            )
    for sentence in look.unseen:
        output.print(f"[yellow]Not looked at:[/] {sentence}")
    if empty:
        output.print(f"Empty: {', '.join(empty)}.")


def is_wide(output: Console) -> bool:
    """Tell whether message ids fit in one line."""
    return output.width >= COLUMNS_WIDE


def _heading(name: str, number: int, waiting: int, held: int) -> Text:
    text = f"{number} dead {'letter' if number == 1 else 'letters'}"
    if waiting:
        text += f", and about {waiting} more"
    if held:
        text += f"; somebody holds {held} just now"
    return Text.assemble((name, "bold"), f": {text}")


def _letters(examined: Sequence[Examined], *, now: datetime) -> Table:
    table = plain_table("MESSAGE ID", "SENT", "SEEN", "ABOUT", "LAST ERROR")
    table.columns[2].justify = "right"
    for each in examined:
        letter = each.letter
        table.add_row(
            letter.message_id,
            ago(letter.sent_at, now),
            str(letter.receives),
            about_text(each.about),
            shortened(error_text(each.last_error), ERROR_CHARACTERS_MAX),
        )
    return table


def _narrow_letters(examined: Sequence[Examined], *, now: datetime) -> Group:
    """Return some lines for each message: a table would have no room for errors."""
    lines: list[RenderableType] = []
    for each in examined:
        letter = each.letter
        seen = f"  sent {ago(letter.sent_at, now)} ago, seen {times(letter.receives)}"
        error = shortened(error_text(each.last_error), ERROR_CHARACTERS_MAX)
        lines += [
            "",
            Text.assemble("  ", (letter.message_id, "bold"), seen),
            _indented(Text(about_text(each.about).replace("\n", " "))),
            _indented(Text(error, style="red")),
        ]
    return Group(*lines, "")


def times(number: int) -> str:
    """Return how often in words."""
    return "once" if number == 1 else f"{number} times"


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 0, 0, 4), expand=False)


def in_two_lines(message_id: str) -> str:
    """Break a message id where it has a hyphen, so that it can be read whole."""
    head, hyphen, tail = message_id.rpartition("-")
    return f"{head}{hyphen}\n{tail}"


def about_text(about: About) -> str:
    """Return what a dead letter is about in a few words, in one or two lines."""
    if about.job_name:
        key = shortened(about.idempotency_key or "", KEY_CHARACTERS_MAX)
        return f"{about.job_name}\n{key}" if key else about.job_name
    if about.task_arn:
        return f"job {about.job_id or '?'}\n{about.says or ''}"
    if about.job_id:
        return f"{about.says or 'job'}\n{about.job_id}"
    return shortened(about.says or "?", KEY_CHARACTERS_MAX)


def error_text(error: LastError | None) -> str:
    """Return what went wrong in a line."""
    if error is None:
        return "none is known"
    return f"{error.error}: {error.detail}" if error.detail else error.error


def letter_details(examined: Examined, verdict: Verdict, *, now: datetime) -> Table:
    """Return all that a person may want to know of one dead letter."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in _detail_lines(examined, verdict, now):
        if value:
            grid.add_row(name, value)
    return grid


def _detail_lines(
    examined: Examined, verdict: Verdict, now: datetime
) -> Iterator[tuple[str, str | Text | None]]:
    letter, about, error = examined.letter, examined.about, examined.last_error
    yield "message", letter.message_id
    sent = f"{letter.sent_at:%Y-%m-%d %H:%M:%S} UTC, {ago(letter.sent_at, now)} ago"
    yield "sent", f"{sent}; received {times(letter.receives)} since"
    tenant = f", tenant {about.tenant}" if about.tenant else ""
    yield "name", f"{about.job_name}{tenant}" if about.job_name else None
    yield "key", about.idempotency_key
    yield "job", about.job_id
    yield "", _standing(examined, verdict)
    yield "task", about.task_arn
    yield "says", None if verdict.rejection else printable(about.says or "")
    yield "why", f"{letter.queue.why} (docs/runbook/{letter.queue.page}.md)"
    at = f" ({error.at:%H:%M:%S} UTC)" if error and error.at else ""
    yield "last error", Text(printable(error_text(error)) + at, style="red")
    if verdict.rejection is not None:
        yield "sent back", _refusal(verdict.rejection)
    for sentence in verdict.unchecked:
        yield "not seen", sentence


def _standing(examined: Examined, verdict: Verdict) -> str | Text | None:
    """Say what stands of the job, where somebody looked."""
    if verdict.standing is None:
        is_known = examined.about.fingerprint is not None and not verdict.unchecked
        is_new = is_known and verdict.rejection is None and examined.about.job_name
        return "none has this key yet: sent back, it becomes one" if is_new else None
    status = status_text(verdict.standing.status)
    if verdict.rejection is not None:
        return Text.assemble("stands for another request: ", status)
    return Text.assemble("stands: ", status, "; sent back, this is a duplicate")


def _refusal(rejection: Rejection) -> Text:
    return Text(
        f"it would be rejected: {rejection.reason}, {rejection.message}", style="yellow"
    )


def refusal_lines(rejection: Rejection) -> Table:
    """Return why a request would be rejected, line by line."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("rejected", Text(rejection.reason, style="red"))
    for name, value in (
        ("field", rejection.field),
        ("limit", rejection.limit),
        ("value", rejection.value),
        ("", rejection.message),
    ):
        if value:
            grid.add_row(name, printable(value))
    return grid


def pretty(body: str) -> str:
    """Return a body as people edit it: JSON with its lines indented, else as it is."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"
    except (ValueError, RecursionError):
        return body


def body_excerpt(body: str, *, columns: int) -> str:
    """Return a body as it is shown: not more than fits on two screens."""
    lines = printable(pretty(body)).rstrip().splitlines() or ["(empty)"]
    shown = [
        line if len(line) <= columns else f"{line[: columns - 1]}…"
        for line in lines[:BODY_LINES_MAX]
    ]
    if len(lines) > BODY_LINES_MAX:
        shown.append(f"… {len(lines) - BODY_LINES_MAX} more lines; --json shows all")
    return "\n".join(shown)


def dropped_list(notes: Sequence[Dropped], *, now: datetime, is_wide: bool) -> Table:
    """Return a line for each dropped message."""
    table = plain_table("MESSAGE ID", "QUEUE", "DROPPED", "BY", "ABOUT", "NOTE")
    for note in notes:
        table.add_row(
            note.message_id if is_wide else in_two_lines(note.message_id),
            note.queue_name,
            ago(note.dropped_at, now),
            re.split("[:/]", note.dropped_by)[-1],
            note.job_name or (note.job_id or "-")[:SHORT_ID_CHARACTERS],
            printable(note.why),
        )
    return table
