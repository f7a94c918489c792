from __future__ import annotations

import io

import pytest
from rich.console import Console

from headrace_local.demo_checks import Complaint, Seen
from headrace_local.demo_play import Play
from headrace_local.demo_screen import Screen
from headrace_local.demo_script import steps
from headrace_local.demo_steps import RejectedAs

STEPS = steps("run")


class Nowhere:
    """A world that is never asked."""


def a_play():
    play = Play(steps=STEPS, world=Nowhere(), deployment_id="deployment")
    for step in STEPS:
        play.message_ids[step.name] = f"message-of-{step.name}"
        if isinstance(step.expected, RejectedAs):
            reason = step.expected.reason_code
            play.rejections[step.name] = {"reasonCode": reason, "message": "Wrong."}
        elif step.job_name:
            play.jobs[step.name] = {
                "jobId": f"id-of-{step.name}",
                "status": step.expected.status,
                "reasonCode": step.expected.reason_code,
                "exitCode": 1,
                "attempt": step.expected.attempts,
                "summary": "It ended.",
            }
    return play


def concluded(complaints=(), *, width=80, messages_left=0):
    output = io.StringIO()
    play = a_play()
    seen = Seen(
        sent=frozenset(play.message_ids),
        jobs=play.jobs,
        rejections=play.rejections,
        tasks={},
        messages_left=messages_left,
    )
    Screen(Console(file=output, width=width)).conclude(play, seen, complaints)
    return output.getvalue()


def test_the_outcomes_fit_80_columns_uncut():
    shown = concluded()
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    for step in STEPS:
        assert step.title in shown


def test_plain_output_has_no_escape_codes():
    assert "\x1b" not in concluded()


def test_a_good_end_says_what_to_try_next():
    shown = concluded()
    assert "All as it must be." in shown
    assert "headrace local up" in shown


def test_a_wrong_end_says_what_was_expected_and_found():
    shown = concluded([Complaint("hello", "status", "SUCCEEDED", "LOST")])
    assert "hello: status: expected SUCCEEDED, found LOST" in shown
    assert "wrong" in shown
    assert "All as it must be." not in shown


@pytest.mark.parametrize(("left", "shown"), [(0, "handled"), (1, "sent")])
def test_what_nobody_took_from_the_queue_is_only_sent(left, shown):
    assert shown in concluded(messages_left=left)


def test_without_a_terminal_each_change_is_told_once():
    output = io.StringIO()
    play = a_play()
    with Screen(Console(file=output, width=80)) as screen:
        screen.show(play)
        screen.show(play)
        play.jobs["slow"] = play.jobs["slow"] | {"status": "RUNNING"}
        screen.show(play)
    told = [line for line in output.getvalue().splitlines() if "slow:" in line]
    assert told == ["  slow: TIMED_OUT RUNTIME_LIMIT", "  slow: RUNNING RUNTIME_LIMIT"]


def test_on_a_terminal_the_table_is_redrawn_in_place():
    output = io.StringIO()
    console = Console(file=output, width=100, height=40, force_terminal=True)
    with Screen(console) as screen:
        screen.show(a_play())
    assert "\x1b[" in output.getvalue()
    assert "TIMED_OUT" in output.getvalue()
