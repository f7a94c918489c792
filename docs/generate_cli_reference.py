"""Writes docs/cli.md from the command line itself.

Run it without arguments. A test fails when the page is not what this would write.
"""

# ruff: noqa: INP001  # a script beside the pages it writes

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from headrace_client.cli.root import root

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).with_name("cli.md")
COLUMNS = 88
_HEAD = """\
# The command line

Written by `docs/generate_cli_reference.py` from the program's own help; do not edit.

Every command prints tables for people and, with `--json`, JSON for programs. Which
deployment it talks to is said by `--stack`, or by the variables that
`headrace local up` prints; credentials and region are AWS's usual ones. Errors go to
standard error and end with something to try. Colours appear on a terminal only, and not
where `NO_COLOR` is set.
"""


def reference() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *_sections(root, ("headrace",), None)])


def files() -> dict[Path, str]:
    """Return each file's text."""
    return {PAGE: reference()}


def _sections(
    command: click.Command, names: tuple[str, ...], parent: click.Context | None
) -> Iterator[str]:
    context = click.Context(
        command, info_name=names[-1], parent=parent, **command.context_settings
    )
    context.terminal_width = COLUMNS
    yield f"## {' '.join(names)}\n\n```\n{command.get_help(context).rstrip()}\n```\n"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            sub = command.get_command(context, name)
            if sub is not None and not sub.hidden:
                yield from _sections(sub, (*names, name), context)


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
