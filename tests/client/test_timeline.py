from __future__ import annotations

import io
import json

from rich.console import Console

from builders import a_job
from headrace.jobs.job import JobStatus
from headrace_client.cli import screens
from headrace_client.cli.timeline import Timeline

WAITING = a_job()
RUNNING = a_job(status=JobStatus.RUNNING)


def test_without_a_terminal_each_change_is_one_line(capsys):
    with Timeline(console=Console(file=io.StringIO())) as timeline:
        for job in (WAITING, WAITING, RUNNING):
            timeline.show([job], screens.details(job))
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("report RUNNABLE LAUNCH_BUDGET")
    assert second.endswith("report RUNNING attempt 1")


def test_for_programs_each_change_is_an_object_even_on_a_terminal(capsys):
    console = Console(file=io.StringIO(), force_terminal=True)
    with Timeline(as_json=True, console=console) as timeline:
        for job in (WAITING, RUNNING, RUNNING):
            timeline.show([job], screens.details(job))
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [document["status"] for document in documents] == ["RUNNABLE", "RUNNING"]


def test_a_terminal_is_redrawn_and_keeps_what_was_shown_last(capsys):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, height=30)
    with Timeline(console=console) as timeline:
        timeline.show([WAITING], screens.details(WAITING))
        timeline.show([RUNNING], screens.details(RUNNING))
    last = screen.getvalue().rpartition("\x1b[2K")[2]  # after the last erasure
    assert "RUNNING" in last
    assert "RUNNABLE" not in last
    assert capsys.readouterr().out == ""
