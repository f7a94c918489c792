"""The demo's screen: redrawn on a terminal, one line per change elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from rich import box
from rich.live import Live
from rich.table import Table
from rich.text import Text

from headrace_local.demo_steps import RejectedAs, SameJobAs, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from rich.console import Console

    from headrace_local.demo_checks import Complaint, Seen
    from headrace_local.demo_play import Play

_STYLES = {
    "SUCCEEDED": "green",
    "RUNNING": "cyan",
    "STARTING": "cyan",
    "FAILED": "red",
    "TIMED_OUT": "red",
    "CANCELLED": "yellow",
    "REJECTED": "magenta",
}
SENT = "sent"
TROUBLES_MAX = 5
_NEXT = """
Try next:
  .venv/bin/headrace local up    keeps the pipeline up and prints export lines;
                                 paste them into a second terminal, and there:
  .venv/bin/headrace submit hello -p name=you --watch
  .venv/bin/headrace list
Then change jobs/hello.yaml: what you save is live at once.
"""


class Screen:
    """Shows the steps as they go on.

    Args:
        console: Where.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said: dict[str, str] = {}
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        """Take the screen."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the screen back."""
        if self._live is not None:
            self._live.stop()

    def show(self, play: Play) -> None:
        """Show where every step is now."""
        states = {step.name: _state(step, play) for step in play.steps}
        if self._live is not None:
            self._live.update(_table(play.steps, states), refresh=True)
            return
        for step in play.steps:
            status, attempt, reason = states[step.name]
            tried = f"attempt {attempt}" if attempt not in ("", "0", "1") else ""
            words = " ".join(word for word in (status, tried, reason) if word)
            if words and self._said.get(step.name) != words:
                self._said[step.name] = words
                self._console.print(f"  {step.name}: {words}", markup=False)

    def conclude(self, play: Play, seen: Seen, complaints: Sequence[Complaint]) -> None:
        """Show how all of it ended, what is wrong, and what to try next."""
        states = {step.name: _state(step, play) for step in play.steps}
        if seen.messages_left == 0:
            handled = {name for name, state in states.items() if state[0] == SENT}
            states |= dict.fromkeys(handled, ("handled", "", ""))
        wrong = {complaint.step for complaint in complaints}
        self._console.print(
            _table(play.steps, states, play=play, seen=seen, wrong=wrong)
        )
        for step in play.steps:
            why = _sentence(step, play)
            if why:
                line = Text.assemble((f"  {step.name}: ", "dim"), why)
                self._console.print(line, soft_wrap=True)
        if complaints:
            self._console.print("\nNot as it must be:", style="bold red")
            for complaint in complaints:
                self._console.print(f"  {complaint}", markup=False, soft_wrap=True)
            return
        self._console.print("\nAll as it must be.", style="bold green")
        self._console.print(_NEXT, markup=False, soft_wrap=True)

    def blame(self, troubles: Sequence[str]) -> None:
        """Show what the pipeline complained about, where something went wrong."""
        if troubles:
            self._console.print("\nThe functions said:", style="bold red")
            for trouble in troubles[:TROUBLES_MAX]:
                self._console.print(trouble, markup=False, soft_wrap=True)


def _state(step: Step, play: Play) -> tuple[str, str, str]:
    """Return status, attempt and reason of a step; empty before it was sent."""
    rejection = play.rejections.get(step.name)
    if rejection is not None:
        return "REJECTED", "", str(rejection.get("reasonCode"))
    if step.name not in play.message_ids:
        return "", "", ""
    job = play.jobs.get(step.name)
    if job is None:
        return SENT, "", ""
    reason = job.get("reasonCode") or job.get("waitReason") or ""
    exit_code = job.get("exitCode")
    if reason == "EXIT_CODE":
        reason = f"{reason} {exit_code}"
    return str(job.get("status")), str(job.get("attempt", 0)), str(reason)


def _table(
    steps: Sequence[Step],
    states: Mapping[str, tuple[str, str, str]],
    *,
    play: Play | None = None,
    seen: Seen | None = None,
    wrong: set[str] | None = None,
) -> Table:
    is_end = play is not None and seen is not None and wrong is not None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=0)
    last = ["TASKS", ""] if is_end else ["TRY"]
    for title in ["STEP", "WHAT IT DOES", "STATUS", "REASON", *last]:
        table.add_column(title, no_wrap=True)
    for step in steps:
        status, attempt, reason = states[step.name]
        cells: list[str | Text] = [
            step.name,
            step.title,
            Text(status, style=_STYLES.get(status, "")),
            reason,
        ]
        if play is not None and seen is not None and wrong is not None:
            cells += [_tasks(step, play, seen), _mark(step.name in wrong)]
        else:
            cells.append(attempt if attempt != "0" else "")
        table.add_row(*cells)
    return table


def _tasks(step: Step, play: Play, seen: Seen) -> str:
    job_id = play.jobs.get(step.name, {}).get("jobId")
    return "" if job_id is None else str(seen.tasks.get(str(job_id), 0))


def _mark(is_wrong: bool) -> Text:  # noqa: FBT001  # its only argument
    return Text("wrong", style="bold red") if is_wrong else Text("ok", style="green")


def _sentence(step: Step, play: Play) -> str:
    """Return why a step ended as it did, for people; empty where nothing is to say."""
    if isinstance(step.expected, SameJobAs):
        return f"no job of its own, and no task: it is the job of {step.expected.step}"
    if isinstance(step.expected, RejectedAs):
        return str(_known(play.rejections, step).get("message", ""))
    job = _known(play.jobs, step)
    return "" if job.get("status") == "SUCCEEDED" else str(job.get("summary", ""))


def _known(records: Mapping[str, Mapping[str, Any]], step: Step) -> Mapping[str, Any]:
    return records.get(step.name, {})
