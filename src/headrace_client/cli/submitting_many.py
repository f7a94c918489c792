"""`headrace submit --from`: a request for each line of a file."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from headrace_client.cli import screens
from headrace_client.cli.exit_codes import ExitCode
from headrace_client.request_lines import RequestLines, line_again, result_document
from headrace_client.submission import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_client.client import Headrace
    from headrace_client.submission import SubmitResult

PROBLEMS_SHOWN_MAX = 10
STANDARD_INPUT = "-"


def submit_lines(  # one for each option
    client: Headrace,
    source: str,
    *,
    job_name: str | None,
    key_prefix: str | None,
    defaults: Mapping[str, Any],
    failed_to: Path | None,
    check: bool,
    as_json: bool,
) -> ExitCode:
    """Send a request for each line, and say what became of them."""
    tally = Tally()
    with ExitStack() as stack:
        file = _opened(source, stack)
        lines = RequestLines(
            file, job_name=job_name, key_prefix=key_prefix, defaults=defaults
        )
        failed = _FailedLines(failed_to or _failed_path(source), stack)
        problems = _Problems()
        bar = stack.enter_context(_progress(as_json=as_json))
        task = bar.add_task("", total=_line_count(source))
        for result in client.submit_many(lines, check=check):
            number = lines.take_number()
            tally.count(result)
            bar.update(task, completed=tally.total)
            if result.error is not None:
                failed.write(result)
                problems.show(number, result.error.problem)
            if as_json:
                click.echo(json.dumps(result_document(result, line=number)))
    _summarise(client, tally, failed, is_checked=check, as_json=as_json)
    if tally.not_sent or tally.unknown:
        return ExitCode.UNREACHABLE
    return ExitCode.NO if tally.refused else ExitCode.OK


class _FailedLines:
    """The file of lines to send again; it is made when there is one."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self.path = path
        self.count = 0
        self._stack = stack
        self._file: IO[str] | None = None

    def write(self, result: SubmitResult) -> None:
        """Add the line of a result."""
        if self._file is None:
            self._file = self._stack.enter_context(self.path.open("w"))
        self._file.write(line_again(result) + "\n")
        self.count += 1


class _Problems:
    """Shows the first problems, and says that there are more."""

    def __init__(self) -> None:
        self._shown = 0

    def show(self, number: int, text: str) -> None:
        """Show what was wrong with a line."""
        self._shown += 1
        if self._shown <= PROBLEMS_SHOWN_MAX:
            click.secho(f"line {number}: {text}", fg="red", err=True)
        elif self._shown == PROBLEMS_SHOWN_MAX + 1:
            click.echo("More lines were not sent; they are not shown here.", err=True)


def _opened(source: str, stack: ExitStack) -> IO[str]:
    if source == STANDARD_INPUT:
        return sys.stdin
    try:
        return stack.enter_context(Path(source).open(encoding="utf-8"))
    except OSError as error:
        raise click.BadParameter(
            f"{source} cannot be read: {error.strerror}.", param_hint="--from"
        ) from error


def _line_count(source: str) -> int | None:
    """Return how many requests a file has; None where it cannot be read twice."""
    if source == STANDARD_INPUT or not Path(source).is_file():
        return None
    with Path(source).open("rb") as file:
        return sum(1 for line in file if line.strip())


def _failed_path(source: str) -> Path:
    if source == STANDARD_INPUT:
        return Path("requests.failed.jsonl")
    path = Path(source)
    return path.with_name(f"{path.stem}.failed.jsonl")


def _progress(*, as_json: bool) -> Progress:
    output = screens.console(is_error=True)
    return Progress(
        "sending",
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=output,
        transient=True,
        disable=as_json or not output.is_terminal,
    )


def _summarise(
    client: Headrace,
    tally: Tally,
    failed: _FailedLines,
    *,
    is_checked: bool,
    as_json: bool,
) -> None:
    parts = [f"{tally.sent} of {tally.total} sent"]
    for count, what in (
        (tally.refused, "refused"),
        (tally.not_sent, "not sent"),
        (tally.unknown, "of unknown fate"),
    ):
        if count:
            parts.append(f"{count} {what}")
    click.echo(", ".join(parts) + ".", err=as_json)
    if is_checked and client.unchecked_because is not None:
        click.echo(f"Not checked before sending: {client.unchecked_because}", err=True)
    if failed.count:
        click.echo(
            f"What was not sent is in {failed.path}. Correct what was refused, then:"
            f"\n  headrace submit --from {failed.path}",
            err=True,
        )
