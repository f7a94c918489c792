"""`make bench-calls`: count what jobs take on the laptop pipeline, and price it.

Exits with 1 when a target is missed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from headrace_local.bill import prices
from headrace_local.bill.counts import Counts, without_ticks
from headrace_local.bill.lines import (
    Functions,
    Line,
    bill_of_a_month,
    bill_of_jobs,
    peers,
    total,
    total_of_running,
)
from headrace_local.bill.scene import BODY_BYTES, Scene
from headrace_local.pipeline import Pipeline, PipelineOptions
from headrace_local.template import read_template

PROJECT = Path(__file__).resolve().parents[1]
WARM_UP_JOBS = 20
TICKS = 5
BACKLOG_RATE = 18  # launches a second: the template's default
DOLLARS_MAX = 10.0
ITEM_WRITES_MAX = 5.0
WRITE_UNITS_MAX = 12.0


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--jobs", type=click.IntRange(min=10), default=1000, show_default=True)
@click.option(
    "--alone", type=click.IntRange(min=1), default=10, help="Jobs sent one by one."
)
@click.option(
    "--waiting", type=click.IntRange(min=1), default=100, help="Jobs over the rate."
)
def main(jobs: int, alone: int, waiting: int) -> None:
    """Count what jobs take on the laptop pipeline, and what that costs on AWS."""
    with tempfile.TemporaryDirectory(prefix="headrace-bill-") as folder:
        options = PipelineOptions(
            project=PROJECT,
            state_folder=Path(folder),
            runner="subprocess",
            reload=False,
            stream=False,
        )
        jobs_folder = PROJECT / "benchmarks" / "jobs"
        with Pipeline(options) as pipeline, Scene(pipeline, jobs_folder) as scene:
            sys.exit(_run(scene, jobs=jobs, alone=alone, waiting=waiting))


def _run(scene: Scene, *, jobs: int, alone: int, waiting: int) -> int:
    scene.at_once(WARM_UP_JOBS)  # cold starts read definitions, which stay read
    tick = scene.ticks(TICKS)
    counted = {
        f"{jobs} at once": without_ticks(scene.at_once(jobs), tick),
        f"{alone} one by one": without_ticks(scene.one_by_one(alone), tick),
    }
    scene.launch_at(BACKLOG_RATE)
    counted[f"{waiting} over the rate"] = scene.at_once(waiting)
    functions = Functions(
        memory_gb=scene.memory_mb / 1024, architecture=_parameter("Architecture")
    )
    bills = {name: bill_of_jobs(each, functions) for name, each in counted.items()}
    _print_calls(counted)
    _print_bills(bills)
    month = bill_of_a_month(
        tick,
        functions,
        metrics=len(scene.metrics()),
        alarms=_resources("AWS::CloudWatch::Alarm"),
        dashboards=_resources("AWS::CloudWatch::Dashboard"),
    )
    _print_month(month)
    first = next(iter(bills.values()))
    _print_peers(total(first))
    return _judge(next(iter(counted.values())), total(first))


def _print_calls(counted: dict[str, Counts]) -> None:
    print(f"\nFor each job, with a request of {BODY_BYTES} bytes:\n")
    _row("", list(counted))
    keys = sorted({key for counts in counted.values() for key in counts.calls})
    for stage, operation in keys:
        each = [
            counts.calls[stage, operation] / counts.of for counts in counted.values()
        ]
        _row(f"{stage}: {operation}", [f"{number:.2f}" for number in each])
    values = counted.values()
    _row("item writes", [f"{each.item_writes / each.of:.2f}" for each in values])
    _row("write units", [f"{each.write_units / each.of:.2f}" for each in values])
    _row(
        "invocations", [f"{each.invocations.total() / each.of:.2f}" for each in values]
    )
    _row("bytes of log", [f"{each.log_bytes / each.of:.0f}" for each in values])


def _print_bills(bills: dict[str, list[Line]]) -> None:
    where = f"{prices.REGION}, {prices.AS_OF}, without free tiers"
    print(f"\nDollars for a million jobs, {where}:\n")
    _row("", list(bills))
    for is_kept in (False, True):
        for lines in zip(*bills.values(), strict=True):
            if lines[0].is_kept is is_kept:
                _row(lines[0].what, [f"{line.dollars:.2f}" for line in lines])
        count, name = (
            (total, "with what is kept")
            if is_kept
            else (total_of_running, "to run them")
        )
        _row(f"= {name}", [f"{count(lines):.2f}" for lines in bills.values()])
    _row("announced events, each", [f"{prices.ANNOUNCED_EVENT * 1e6:.2f}"] * len(bills))


def _print_month(lines: Sequence[Line]) -> None:
    print("\nDollars for a month without any job:\n")
    for line in lines:
        _row(f"{line.what} ({line.number:,.2f})", [f"{line.dollars:.2f}"])
    _row("= all", [f"{total(lines):.2f}"])


def _print_peers(ours: float) -> None:
    print("\nDollars that a million jobs cost elsewhere, by published prices:\n")
    _row("Headrace, first column, with what is kept", [f"{ours:.2f}"])
    for name, dollars in peers():
        _row(name, [f"{dollars:.2f}"])


def _judge(counts: Counts, dollars: float) -> int:
    """Print each target; return 1 if one was missed."""
    targets = [
        ("RunTask a job", counts.per_one("ecs.RunTask"), "=", 1.0),
        ("DescribeTasks a job", counts.per_one("ecs.DescribeTasks"), "=", 0.0),
        ("item writes a job", counts.item_writes / counts.of, "<=", ITEM_WRITES_MAX),
        ("write units a job", counts.write_units / counts.of, "<=", WRITE_UNITS_MAX),
        ("dollars for a million jobs, with what is kept", dollars, "<=", DOLLARS_MAX),
    ]
    print("\nTargets, of the first column:\n")
    missed = 0
    for name, value, relation, bound in targets:
        is_met = value <= bound if relation == "<=" else value == bound
        verdict = "met" if is_met else "MISSED"
        _row(f"{name} {relation} {bound:g}", [f"{value:.2f}", verdict])
        missed += not is_met
    return 1 if missed else 0


def _row(name: str, cells: Sequence[str]) -> None:
    print(f"  {name:58}" + "".join(f"{cell:>20}" for cell in cells))


def _parameter(name: str) -> str:
    default: str = read_template(PROJECT / "template.yaml")["Parameters"][name][
        "Default"
    ]
    return default


def _resources(kind: str) -> int:
    resources = read_template(PROJECT / "template.yaml")["Resources"].values()
    return sum(resource["Type"] == kind for resource in resources)


if __name__ == "__main__":
    main()
