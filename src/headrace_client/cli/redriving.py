"""`headrace redrive`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headrace_client.cli.options import Target, examples, json_option, target_options
from headrace_client.redrive.queues import QUEUES

if TYPE_CHECKING:
    from headrace_client.cli.redrive_desk import Desk

LIMIT = 100


@examples(
    "headrace redrive",
    "headrace redrive --list --queue requests",
    "headrace redrive --message-id 8c1e0d4e-6f0b-4a50-9d8e-0a6f4a3f2f11 --send-back",
    "headrace redrive --queue schedules --all --drop --note 'outage of 22 November'",
    "headrace redrive --dropped",
)
@click.command()
@click.option(
    "--queue",
    "queue_name",
    type=click.Choice([queue.name for queue in QUEUES]),
    help="Only this dead-letter queue.",
)
@click.option("--list", "is_list", is_flag=True, help="Only list, on a terminal too.")
@click.option("--message-id", metavar="ID", help="Only this message.")
@click.option("--all", "is_all", is_flag=True, help="All messages, without asking.")
@click.option("--send-back", is_flag=True, help="Send to the queue it came from.")
@click.option("--drop", is_flag=True, help="Delete it, and keep --note.")
@click.option("--note", metavar="TEXT", help="With --drop: why nobody needs it.")
@click.option(
    "--edit",
    "edited",
    metavar="FILE",
    help="Send this body instead, if dispatch would take it; - is standard input.",
)
@click.option("--dropped", is_flag=True, help="List what was dropped, by whom and why.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=LIMIT,
    show_default=True,
    help="How many of each queue at most.",
)
@target_options
@json_option
def redrive(  # noqa: PLR0913  # one for each option
    *,
    target: Target,
    queue_name: str | None,
    is_list: bool,
    message_id: str | None,
    is_all: bool,
    send_back: bool,
    drop: bool,
    note: str | None,
    edited: str | None,
    dropped: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Look at dead letters, and send them back, edit them, or drop them.

    On a terminal it shows one message after the other and asks what to do. Elsewhere,
    and with --list or --json, it lists them. --message-id or --all, with
    --send-back, --drop or --edit, acts without asking.

    A message is deleted only when its queue, or its note, has been confirmed. Messages
    that are looked at are hidden from others for that time.
    """
    _check(
        actions=[send_back, drop, edited is not None],
        selections=[message_id is not None, is_all],
        others=[is_list, dropped],
        note=note,
        is_drop=drop,
        is_edit_of_all=is_all and edited is not None,
    )
    body = None if edited is None else _text_of(edited)
    desk = _desk(target, queue_name, limit, as_json=as_json)
    if dropped:
        desk.list_dropped(message_id)
    elif body is not None and message_id is not None:
        desk.edit(message_id, body)
    elif message_id is not None and (send_back or drop):
        desk.settle(message_id, note=note)
    elif message_id is not None:
        desk.show(message_id)
    elif is_all:
        desk.settle_all(note=note)
    elif not is_list and not as_json and _is_on_a_terminal():
        desk.walk()
    else:
        desk.list_letters()


def _desk(target: Target, queue_name: str | None, limit: int, *, as_json: bool) -> Desk:
    from headrace_client.cli.redrive_desk import Desk  # noqa: PLC0415  # imports boto3
    from headrace_client.redrive import redrive_of  # noqa: PLC0415  # ditto

    return Desk(redrive_of(target.connection()), queue_name, limit, as_json=as_json)


def _is_on_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _check(
    *,
    actions: list[bool],
    selections: list[bool],
    others: list[bool],
    note: str | None,
    is_drop: bool,
    is_edit_of_all: bool,
) -> None:
    """Refuse options that do not go together."""
    problem = None
    if sum(actions) > 1:
        problem = "Only one of --send-back, --drop and --edit."
    elif sum(selections) > 1 or is_edit_of_all:
        problem = "--edit is for one message, and --all goes without --message-id."
    elif any(actions) and not any(selections):
        problem = "Which message? Add --message-id ID, or --all."
    elif selections[1] and not any(actions):
        problem = "--all needs --send-back, or --drop --note TEXT."
    elif is_drop != (note is not None):
        problem = "--drop and --note TEXT go together."
    elif any(actions) and any(others):
        problem = "--list and --dropped change nothing; leave out the action."
    if problem is not None:
        raise click.UsageError(problem)


def _text_of(path: str) -> str:
    """Return the text of a file, or of standard input.

    Raises:
        click.BadParameter: It cannot be read.
    """
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{path}: {error}", param_hint="--edit") from error
