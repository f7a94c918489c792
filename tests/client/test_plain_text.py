"""What others wrote is shown as it is: no markup, and no command to a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from builders import NOW, a_job, a_launch_entry, a_rejection, an_outcome
from headrace.jobs.job import JobStatus
from headrace.ports import StoredRejection
from headrace_client.cli import screens
from headrace_client.cli.explanation_screen import explanation_screen
from headrace_client.explaining.answers import rejected
from headrace_client.explaining.evidence import Evidence
from headrace_client.explaining.judging import explained

HOSTILE = "[red]pull [/usr/bin/x] [linux/arm64]\x1b]0;title\x07"
SHOWN = "[red]pull [/usr/bin/x] [linux/arm64]\\x1b]0;title\\x07"

JOB = a_job(
    status=JobStatus.FAILED,
    outcome=an_outcome(JobStatus.FAILED, stopped_reason=HOSTILE),
    history=(a_launch_entry(detail=HOSTILE),),
)
REJECTION = StoredRejection("message-1", NOW, a_rejection(field=HOSTILE))


@pytest.mark.parametrize(
    "drawn",
    [
        screens.details(JOB),
        screens.earlier_launches(JOB.history),
        screens.details(REJECTION),
        screens.job_list([REJECTION], now=NOW, columns=400),
        explanation_screen(explained(Evidence(job=JOB, now=NOW)), now=NOW, columns=400),
        explanation_screen(rejected(REJECTION), now=NOW, columns=400),
    ],
)
def test_a_hostile_text_is_shown_and_not_obeyed(drawn):
    screen = io.StringIO()
    Console(file=screen, width=400, force_terminal=True, color_system=None).print(drawn)
    assert SHOWN in screen.getvalue()
    assert "\x1b]" not in screen.getvalue()


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("nightly-report", 13, ["nightly-", "report"]),
        ("nightly-report", 14, ["nightly-report"]),
        (
            "INVALID_PARAMETERS parameters.name",
            14,
            ["INVALID_", "PARAMETERS", "parameters.", "name"],
        ),
        ("CAPACITY", 14, ["CAPACITY"]),
        ("x" * 20, 14, ["x" * 20]),
        ("", 14, [""]),
    ],
)
def test_a_text_without_room_is_broken_at_its_own_marks(text, columns, lines):
    assert screens.broken(text, columns).split("\n") == lines


@pytest.mark.parametrize("columns", [80, 99, 100, 140])
def test_a_list_keeps_names_and_reasons_legible_at_any_width(columns):
    job = a_job(job_name="nightly-report")
    screen = io.StringIO()
    drawn = screens.job_list([job, REJECTION], now=NOW, columns=columns)
    Console(file=screen, width=columns).print(drawn)
    words = screen.getvalue().split()
    assert {"nightly-", "report"} <= set(words) or "nightly-report" in words
    assert {"LIMIT_", "EXCEEDED"} <= set(words) or "LIMIT_EXCEEDED" in words
