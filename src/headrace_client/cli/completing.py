"""`headrace completion`, and the job names that it offers. Nothing here asks AWS."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import get_completion_class

from headrace_client.cli.options import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "headrace"
VARIABLE = "_HEADRACE_COMPLETE"
SNAPSHOT = "headrace.snapshot.json"
DEFINITIONS = "jobs/*.yaml"
_NAME = re.compile(r"^name: *([A-Za-z0-9_-]+) *$", re.MULTILINE)


@examples(
    'eval "$(headrace completion bash)"   # in ~/.bashrc',
    'eval "$(headrace completion zsh)"    # in ~/.zshrc',
    "headrace completion fish > ~/.config/fish/completions/headrace.fish",
)
@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(*, shell: str) -> None:
    """Print what makes a shell complete commands, options, files and job names.

    Job names are those of jobs/*.yaml and of headrace.snapshot.json where you are, so
    that nothing is asked of AWS while you type.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"Nothing is known of the shell {shell!r}.")
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, PROGRAM, VARIABLE).source())


def job_names(
    _context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Return the names of definitions that files in this folder tell."""
    names = {*_of_definitions(), *_of_snapshot()}
    return sorted(name for name in names if name.startswith(incomplete))


def _of_definitions() -> Iterator[str]:
    for path in Path().glob(DEFINITIONS):
        yield from _NAME.findall(_text(path))


def _of_snapshot() -> Iterator[str]:
    text = _text(Path(os.environ.get("HEADRACE_SNAPSHOT") or SNAPSHOT))
    try:
        definitions = json.loads(text)["definitions"]
        yield from {str(each["definition"]["name"]) for each in definitions}
    except (ValueError, KeyError, TypeError):
        return  # none, or none of ours: there is nobody to tell


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
