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
