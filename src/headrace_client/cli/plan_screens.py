"""A plan for people: what is sent, what may hold it, what it may cost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from headrace.launches.launch import OVERRIDES_CHARACTERS_MAX
from headrace.ports import REJECTED
from headrace.requests.rejection import Reason, Rejection
from headrace_client.cli.screens import console, plain_table, status_text
from headrace_client.planning.plan import Plan, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from headrace_client.planning.cost import Cost
    from headrace_client.planning.timeline import Moment
    from headrace_client.snapshot import Snapshot

COLUMNS = 80

type Row = tuple[str, str | Text | None]


def show_plan(planned: Plan | Rejection | Undecided, snapshot: Snapshot) -> None:
    """Print what would become of a request."""
    out = console()
    match planned:
        case Rejection() as rejection:
            out.print(_grid(_rejection_rows(rejection, snapshot)))
        case Undecided(job_id=job_id):
            out.print(f"Well formed. What becomes of it is in the record of {job_id},")
            out.print(f"which no snapshot holds: headrace status {job_id}")
        case Plan():
            out.print(_grid(_rows(planned)))
            out.print(_timeline(planned.timeline))
            _show_call(planned)


def _show_call(planned: Plan) -> None:
    if planned.order is None:
        return
    # Not through the console: what is sent is shown as it is, and never folded.
    click.echo(f"RunTask is called with this:\n\n{_written(planned.order.request)}")


def _written(value: Any, indent: str = "") -> str:  # noqa: ANN401  # any JSON value
    """Write a JSON value, over several lines where one would be long."""
    short = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(short) <= COLUMNS or not isinstance(
        value, dict | list | tuple
    ):
        return short
    inner = f"{indent}  "
    if isinstance(value, list | tuple):
        lines = [f"{inner}{_written(each, inner)}" for each in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    lines = [
        f"{inner}{json.dumps(name)}: {_written(each, inner)}"
        for name, each in value.items()
    ]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _grid(rows: Iterable[Row]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        if value:
            grid.add_row(name, value)
    return grid


def _rows(planned: Plan) -> Iterator[Row]:
    job, resolved = planned.job, planned.registered.resolved
    yield "request", Text("accepted", style="green")
    yield "job", job.job_id
    yield "name", f"{job.job_name} (version {job.job_version}), tenant {job.tenant}"
    yield "key", job.idempotency_key
    if planned.nowhere is not None:
        yield "ends as", status_text("FAILED")
        yield "", planned.nowhere.summary
        yield "try", planned.nowhere.advice
    yield "task", resolved.arn.rpartition("/")[2]
    yield "its role", resolved.task_role_arn or "none"
    yield "to start it", resolved.execution_role_arn or "no execution role"
    yield "capacity", ", then ".join(planned.terms.capacity)
    yield "overrides", _overrides(planned)
    yield "parameters", _parameters(planned)
    yield from _limit_rows(planned)
    yield from _cost_rows(planned.cost)


def _overrides(planned: Plan) -> str:
    longest = planned.overrides_characters_max
    limit = f"{OVERRIDES_CHARACTERS_MAX:,} that ECS takes"
    if planned.order is None:
        return f"at most {longest:,} of the {limit}"
    now = planned.order.overrides_characters
    return f"{now:,} characters, at most {longest:,} in a later launch, of the {limit}"


def _parameters(planned: Plan) -> str:
    spilled = planned.request.spilled
    if spilled is None:
        return "inline, in JOB_PARAMETERS"
    return f"{spilled.size_bytes:,} bytes in S3, {spilled.uri}"


def _limit_rows(planned: Plan) -> Iterator[Row]:
    limits, job, retry = planned.limits, planned.job, planned.terms.retry
    per_second = limits.launches_per_second
    yield (
        "held by",
        f"the launch rate: {per_second:g} a second for all jobs, {limits.launch_burst}"
        " at once"
        if per_second
        else "no launch rate of Headrace's, only ECS's own",
    )
    yield "", "the backlog: older jobs of the deployment go first"
    if job.not_before_at:
        yield "", f"its time: not before {job.not_before_at:%Y-%m-%d %H:%M:%S} UTC"
    if job.start_deadline_at:
        deadline = f"{job.start_deadline_at:%Y-%m-%d %H:%M:%S} UTC"
        yield "", f"its start deadline: RUNNING by {deadline}, or EXPIRED"
    if limits.pinned_tenant:
        yield "", f"its queue: only tenant {limits.pinned_tenant}"
    yield (
        "budgets",
        (
            f"{_counted(retry.attempts, 'attempt')},"
            f" {_counted(retry.infrastructure_retries, 'infrastructure retry')}"
            f"; {planned.terms.start_timeout_seconds} s to start,"
            f" {planned.terms.timeout_seconds} s to run, each time"
        ),
    )


def _cost_rows(cost: Cost) -> Iterator[Row]:
    if cost.worst_usd is None or cost.attempt_usd is None or cost.largest is None:
        yield "cost", "not known"
    else:
        size = cost.largest
        yield "cost", f"{_usd(cost.attempt_usd)} for one launch that runs to its limit"
        yield (
            "at worst",
            (
                f"{_usd(cost.worst_usd)}: {cost.launches_max} launches x"
                f" ({cost.start_seconds_max} + {cost.run_seconds_max}) s of"
                f" {size.cpu / 1024:g} vCPU and {size.memory / 1024:g} GB"
            ),
        )
    for caveat in cost.caveats:
        yield "", Text(caveat, style="dim")


def _counted(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number} {noun if number == 1 else plural}"


def _usd(value: float) -> str:
    return f"${value:.4f}" if value >= 0.0001 else "less than $0.0001"  # noqa: PLR2004


def _timeline(moments: Iterable[Moment]) -> Table:
    table = plain_table("WHEN", "STATUS", "WHAT HAPPENS")
    for moment in moments:
        when = f"{moment.at:%Y-%m-%d %H:%M:%S}" if moment.at else moment.when
        status = status_text(moment.status) if moment.status else ""
        table.add_row(when, status, moment.what)
    return table


def _rejection_rows(rejection: Rejection, snapshot: Snapshot) -> Iterator[Row]:
    yield "request", status_text(REJECTED)
    yield "reason", rejection.reason.value
    yield "", rejection.message
    yield "field", rejection.field
    yield "limit", rejection.limit
    yield "value", rejection.value
    if rejection.reason in {Reason.UNKNOWN_JOB, Reason.UNKNOWN_JOB_VERSION}:
        held = sorted(
            f"{each.definition.name} {each.version}" for each in snapshot.definitions
        )
        yield "try", f"The snapshot holds {', '.join(held) or 'no definition'}."
