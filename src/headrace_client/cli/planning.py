"""`headrace plan`."""

from __future__ import annotations

import json
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from headrace_client.cli.arguments import parameters_from
from headrace_client.cli.completing import job_names
from headrace_client.cli.exit_codes import ExitCode
from headrace_client.cli.options import examples, json_option
from headrace_client.cli.snapshot_option import snapshot_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_client.snapshot import Snapshot


@examples(
    "headrace plan request.json",
    "headrace plan --job hello -p name=Ada --key hello-1",
    "headrace plan request.json --json | jq -r .order",
)
@click.command("plan")
@click.argument(
    "file",
    required=False,
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
)
@click.option(
    "--job",
    "job_name",
    metavar="JOB",
    shell_complete=job_names,
    help="Make up a request for a job.",
)
@click.option(
    "-p",
    "pairs",
    multiple=True,
    metavar="NAME=TEXT",
    help="With --job, as for submit: name=text, or name:=json. Repeatable.",
)
@click.option(
    "--parameters",
    "document",
    metavar="JSON|@FILE",
    help="With --job: all parameters as a JSON object, or from a file.",
)
@click.option("--key", metavar="KEY", help="With --job: its idempotency key.")
@click.option("--tenant", metavar="TENANT", help="With --job: on whose behalf.")
@click.option(
    "--at",
    metavar="TIME",
    help="Plan as if dispatch read it then, as 2026-11-22T10:00:00Z. Default: now.",
)
@snapshot_option
@json_option
def plan_request(  # noqa: PLR0913  # one for each option
    *,
    file: Path | None,
    job_name: str | None,
    pairs: tuple[str, ...],
    document: str | None,
    key: str | None,
    tenant: str | None,
    at: str | None,
    snapshot: Callable[[], Snapshot],
    as_json: bool,
) -> None:
    """Show what would become of a request: no AWS, no network.

    FILE is a request as JSON, - is standard input. Shown are the exact RunTask call,
    what would hold the job, what happens when, and what it may cost; or why it would be
    rejected, and then the exit code is 1.
    """
    # boto3 would be imported with them; help is quicker without.
    from headrace_client.cli.plan_screens import show_plan  # noqa: PLC0415
    from headrace_client.planning.documents import plan_document  # noqa: PLC0415
    from headrace_client.planning.plan import plan  # noqa: PLC0415

    parameters = parameters_from(pairs, document)
    if (file is None) == (job_name is None):
        raise click.UsageError("Name a FILE with a request, or a job with --job.")
    if job_name is None and (parameters is not None or key or tenant):
        raise click.UsageError("-p, --parameters, --key and --tenant are for --job.")
    body = (
        _read(file)
        if file is not None
        else _made_up(job_name or "", parameters=parameters, key=key, tenant=tenant)
    )
    deployment = snapshot()
    planned = plan(body, deployment, now=_instant(at) if at else datetime.now(UTC))
    result = plan_document(planned)
    if as_json:
        click.echo(json.dumps(result, indent=2, ensure_ascii=False))
    else:
        show_plan(planned, deployment)
    sys.exit(ExitCode.NO if result["decision"] == "REJECTED" else ExitCode.OK)


def _instant(text: str) -> datetime:
    from headrace.requests.schema import parse_rfc3339  # noqa: PLC0415  # pydantic

    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise click.BadParameter(f"must be {error}.", param_hint="--at") from error


def _read(file: Path) -> str:
    try:
        if str(file) == "-":
            return sys.stdin.read()
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.BadParameter(
            f"{file} is not UTF-8 text.", param_hint="FILE"
        ) from error
    except OSError as error:
        raise click.BadParameter(
            f"{file} cannot be read: {error.strerror}.", param_hint="FILE"
        ) from error


def _made_up(
    job_name: str,
    *,
    parameters: dict[str, Any] | None,
    key: str | None,
    tenant: str | None,
) -> str:
    from headrace.requests.request import DEFAULT_TENANT  # noqa: PLC0415  # pydantic
    from headrace_client.submission import NewJob  # noqa: PLC0415  # ditto

    asked = NewJob(job_name, parameters, key or str(uuid.uuid4())).document()
    return json.dumps({**asked, "tenant": tenant or DEFAULT_TENANT})
