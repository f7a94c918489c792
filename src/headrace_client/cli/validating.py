"""`headrace validate`."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headrace_client.cli.exit_codes import ExitCode
from headrace_client.cli.options import examples, json_option
from headrace_client.cli.snapshot_option import snapshot_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from headrace_client.snapshot import Snapshot
    from headrace_client.validation import Checked


@examples(
    "headrace validate jobs/*.yaml",
    "headrace validate requests/*.json nightly.jsonl --snapshot ci/headrace.json",
)
@click.command("validate")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILES...",
)
@snapshot_option
@json_option
def validate_files(
    *, files: tuple[Path, ...], snapshot: Callable[[], Snapshot], as_json: bool
) -> None:
    """Check request files and definition files: no AWS, no network.

    A .json file is a request and a .jsonl file has one on each line; they are judged by
    the snapshot. A .yaml file is a job definition and needs none. Every problem is
    told as file:line; the exit code is then 1.
    """
    from headrace_client.validation import validate  # noqa: PLC0415  # pydantic, slow

    checked = validate(files, snapshot=snapshot, now=datetime.now(UTC))
    if as_json:
        found = list(_documents(checked))
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        for each in checked:
            for problem in each.problems:
                click.echo(f"{each.path}:{problem.line}: {problem.message}")
        click.echo(_summary(checked), err=True)
    is_well = not any(each.problems for each in checked)
    sys.exit(ExitCode.OK if is_well else ExitCode.NO)


def _documents(checked: Sequence[Checked]) -> Iterator[dict[str, Any]]:
    from headrace_client.planning.documents import rejection_of  # noqa: PLC0415  # slow

    for each in checked:
        document = {
            "file": str(each.path),
            "line": each.line,
            "kind": each.kind.value,
            "jobName": each.name,
            "problems": [
                {"line": problem.line, "message": problem.message}
                | (rejection_of(problem.rejection) if problem.rejection else {})
                | {"message": problem.message}
                for problem in each.problems
            ],
        }
        yield {name: value for name, value in document.items() if value is not None}


def _summary(checked: Sequence[Checked]) -> str:
    bad = sum(bool(each.problems) for each in checked)
    noun = "entry" if len(checked) == 1 else "entries"
    if not bad:
        return f"{len(checked)} {noun} checked, all well."
    return f"{len(checked)} {noun} checked, {bad} with problems."
