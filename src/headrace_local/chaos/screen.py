"""What a chaos run shows: a line now and then, two tables, and the verdict."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from headrace_local.chaos.accounting import Sort
from headrace_local.chaos.blows import Victim
from headrace_local.chaos.evidence import TERMINAL

if TYPE_CHECKING:
    from rich.console import Console

    from headrace_local.chaos.run import Report
    from headrace_local.chaos.scene import Tally

SECONDS_BETWEEN_LINES = 5.0
FINDINGS_SHOWN = 40


class Screen:
    """Tells of one run.

    Args:
        console: Where.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_seconds = 0.0

    def say(self, text: str) -> None:
        """Print a line as it is."""
        self._console.print(text, markup=False, soft_wrap=True)

    def show(self, tally: Tally) -> None:
        """Print how far the run is, unless it was said just now."""
        if tally.seconds < self._next_seconds and tally.phase != "done":
            return
        self._next_seconds = tally.seconds + SECONDS_BETWEEN_LINES
        ended = sum(tally.statuses[each] for each in TERMINAL)
        self.say(
            f"{tally.seconds:4.0f} s  {tally.phase:8}  "
            f"sent {tally.sent.total()}, jobs {tally.statuses.total()}, "
            f"ended {ended}, tasks alive {tally.live_tasks}  |  "
            f"killed {tally.kills.total()}: {_counts(tally.kills)}  |  "
            f"redriven {tally.redriven}"
        )

    def conclude(self, report: Report) -> None:
        """Print what was done, what was found, and the verdict."""
        self._console.print(_table("What was done", _done(report)))
        self._console.print(_table("What was found", _found(report)))
        for finding in report.findings[:FINDINGS_SHOWN]:
            self.say(f"  {finding}")
        if len(report.findings) > FINDINGS_SHOWN:
            self.say(f"  ... and {len(report.findings) - FINDINGS_SHOWN} more")
        sorts = Counter(each.sort for each in report.findings)
        counts = ", ".join(f"{sorts[each]} {each}" for each in Sort)
        verdict = "NOT everything" if report.findings else "Everything"
        self.say(f"{verdict} is accounted for: {counts}.")


def _done(report: Report) -> list[tuple[str, str]]:
    tally = report.tally
    return [
        ("messages sent", f"{tally.sent.total()}: {_counts(tally.sent)}"),
        ("processes killed", f"{tally.kills.total()}: {_counts(tally.kills)}"),
        ("faults of the local ECS", f"{tally.faults.total()}: {_counts(tally.faults)}"),
        ("dead letters redriven", str(tally.redriven)),
        ("time", f"{report.killing_seconds:.0f} s of kills"),
        ("", f"of them {report.paused_seconds:.0f} s paused for open jobs"),
        ("", f"{report.settling_seconds:.0f} s until nothing moved"),
    ]


def _found(report: Report) -> list[tuple[str, str]]:
    evidence = report.evidence
    launches = Counter(each.job_id for each in evidence.tasks)
    ends = Counter(f"{each.status} {each.reason_code}" for each in evidence.jobs)
    begun = sum(each.what == "begin" for each in evidence.signs)
    most = max(launches.values(), default=0)
    return [
        ("jobs", f"{len(evidence.jobs)} of {len(evidence.plans)} asked for"),
        *(("", f"{count} {end}") for end, count in ends.most_common()),
        ("rejections stored", str(len(evidence.rejections))),
        ("tasks", f"{len(evidence.tasks)}, at most {most} of a job"),
        ("of them began to work", str(begun)),
        ("success nobody recorded", f"{report.done_again}, and so done again"),
    ]


def _counts(counter: Counter[str] | Counter[Victim]) -> str:
    parts = (f"{count} {name}" for name, count in counter.most_common())
    return ", ".join(parts) or "none"


def _table(title: str, rows: list[tuple[str, str]]) -> Table:
    table = Table(title=title, box=box.SIMPLE, show_header=False, title_justify="left")
    for row in rows:
        table.add_row(*row)
    return table
