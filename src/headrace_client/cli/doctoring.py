"""`headrace doctor`."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from headrace_client.cli.arguments import parameters_from
from headrace_client.cli.completing import job_names
from headrace_client.cli.exit_codes import ExitCode
from headrace_client.cli.options import Target, examples, json_option, target_options

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from headrace_client.connection import Connection
    from headrace_client.doctor import Examination, Finding

CANARY = "hello"
CANARY_PARAMETERS: Mapping[str, Any] = {"name": "the doctor"}
_MARKS = {"well": ("ok   ", "green"), "wrong": ("WRONG", "red"), "unknown": ("?", None)}
CHECK_COLUMNS = 14

CALL_ATTEMPTS = 2
"""Somebody waits: what hangs is to be told soon."""


@examples("headrace doctor", "headrace doctor --stack headrace --job report -p date=x")
@click.command()
@click.option(
    "--job",
    "job_name",
    shell_complete=job_names,
    default=CANARY,
    show_default=True,
    help="The definition that the canaries run: cheap, and safe to run twice.",
)
@click.option(
    "-p",
    "pairs",
    multiple=True,
    metavar="NAME=TEXT",
    help="A parameter of --job: name=text, or name:=json. Repeatable.",
)
@click.option(
    "--deadline",
    type=click.FloatRange(min=1),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="When a canary counts as stuck.",
)
@click.option("--no-canary", is_flag=True, help="Only look, and run no job.")
@target_options
@json_option
def doctor(
    *,
    target: Target,
    job_name: str,
    pairs: tuple[str, ...],
    deadline: float,
    no_canary: bool,
    as_json: bool,
) -> None:
    """Look at a deployment from end to end, and say what is wrong.

    It looks at what the caller may look at: account, stack, queues, table, functions,
    event sources, reconcile, dead letters, alarms. Then it sends two canaries, jobs
    like any others: one for now, and one for a moment later that only reconcile can
    take up.
    It changes nothing else. The exit code is 0 where nothing is wrong, 1 where
    something is, and 3 where the deployment could not be looked at; what the caller may
    not look at is told, and is not wrong.
    """
    parameters = parameters_from(pairs, None)
    if parameters is None:
        parameters = dict(CANARY_PARAMETERS) if job_name == CANARY else {}
    examination = _examination(
        target, job_name, parameters, None if no_canary else deadline
    )
    from headrace_client.doctor import examine  # noqa: PLC0415  # imports boto3, slow

    findings = list(_shown(examine(examination), as_json=as_json))
    code = _exit_code(findings)
    if as_json:
        click.echo(json.dumps(_document(findings), indent=2))
    else:
        click.echo(_verdict(findings))
    click.get_current_context().exit(code)


def _examination(
    target: Target, job_name: str, parameters: dict[str, Any], deadline: float | None
) -> Examination:
    from headrace_client import connect  # noqa: PLC0415  # ditto
    from headrace_client.doctor import Examination  # noqa: PLC0415  # ditto
    from headrace_client.doctor.canary import CanaryPlan  # noqa: PLC0415  # ditto

    plan = None
    if deadline is not None:
        plan = CanaryPlan(
            job_name=job_name,
            parameters=parameters,
            tenant=target.tenant,
            deadline_seconds=deadline,
            now=lambda: datetime.now(UTC),
            sleep=time.sleep,
        )

    def connected() -> Connection:
        return connect(
            stack=target.stack,
            endpoint_url=target.endpoint_url,
            call_attempts=CALL_ATTEMPTS,
        )

    return Examination(connect=connected, plan=plan, job_name=job_name)


def _shown(findings: Iterable[Finding], *, as_json: bool) -> Iterable[Finding]:
    """Print each finding for people as soon as it is made."""
    for finding in findings:
        if not as_json:
            mark, colour = _MARKS[finding.verdict]
            click.secho(f"{mark:6}", fg=colour, nl=False)
            click.echo(f"{finding.check:{CHECK_COLUMNS}}{finding.said}")
            if finding.advice is not None:
                click.echo(f"{'':{6 + CHECK_COLUMNS}}Try: {finding.advice}")
        yield finding


def _exit_code(findings: list[Finding]) -> ExitCode:
    from headrace_client.doctor.examination import UNREACHED  # noqa: PLC0415  # ditto

    wrong = {finding.check for finding in findings if finding.verdict == "wrong"}
    if wrong & UNREACHED:
        return ExitCode.UNREACHABLE
    return ExitCode.NO if wrong else ExitCode.OK


def _verdict(findings: list[Finding]) -> str:
    wrong = [finding.check for finding in findings if finding.verdict == "wrong"]
    unseen = [finding.check for finding in findings if finding.verdict == "unknown"]
    text = f"Wrong: {', '.join(wrong)}." if wrong else "Nothing is wrong."
    return f"{text} Not looked at: {', '.join(unseen)}." if unseen else text


def _document(findings: list[Finding]) -> dict[str, Any]:
    """Return the findings as JSON; names are stable once released."""
    return {
        "isHealthy": not any(finding.verdict == "wrong" for finding in findings),
        "findings": [
            {
                name: value
                for name, value in (
                    ("check", finding.check),
                    ("verdict", finding.verdict.value),
                    ("said", finding.said),
                    ("advice", finding.advice),
                )
                if value is not None
            }
            for finding in findings
        ],
    }
