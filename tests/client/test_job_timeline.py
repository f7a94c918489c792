"""`headrace watch JOB`: no change is left out, and a terminal shows what comes next."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.console import Console

from builders import NOW
from headrace.jobs.job import JobStatus
from headrace_client.cli.job_timeline import JobTimeline, timeline_screen
from headrace_client.errors import UnreachableError
from headrace_local.ecs import Fate
from situations import LONG_BACKOFF, RULE, a_world, explain, retries


@pytest.fixture(scope="module")
def world():
    """A world whose job failed, waits for its backoff, and has a long one."""
    strategy = retries(attempts=3, rules=[RULE], backoff=LONG_BACKOFF)
    world = a_world(Fate(exit_code=1, run_seconds=10), definition=strategy)
    world.submit()
    world.deliver()
    world.pass_time(10)
    world.deliver()
    return world


def told(world, columns):
    """Return what a terminal of some width shows of the world's job."""
    job = world.job()
    screen = io.StringIO()
    drawn = timeline_screen(
        job, explain(world, job.job_id), now=world.clock.now(), lines_max=20
    )
    Console(file=screen, width=columns).print(drawn)
    return screen.getvalue()


@pytest.mark.parametrize("columns", [80, 140])
def test_a_terminal_shows_each_change_its_duration_and_what_is_next(world, columns):
    text = told(world, columns)
    lines = [line.split() for line in text.splitlines()]
    assert ["00:00:00", "10", "s", "RUNNING", "-", "record"] in lines
    assert world.job().job_id in text
    flat = " ".join(text.split())
    assert "RUNNABLE BACKOFF_BY_RULE" in flat
    assert "Reconcile starts attempt 2 of 3." in flat
    assert max(map(len, text.splitlines())) <= columns


def test_of_many_changes_the_latest_are_shown_and_the_rest_counted(world):
    job = world.job()
    drawn = timeline_screen(job, None, now=world.clock.now(), lines_max=1)
    screen = io.StringIO()
    Console(file=screen, width=80).print(drawn)
    earlier = len(job.transitions) - 1
    assert f"{earlier} earlier" in screen.getvalue()
    assert "BACKOFF" in screen.getvalue()


def lines_of(jobs, capsys, **options):
    """Return what is printed elsewhere than on a terminal, look by look."""
    with JobTimeline(
        lambda _: pytest.fail("nobody sees it"),
        console=Console(file=io.StringIO()),
        **options,
    ) as timeline:
        for job in jobs:
            timeline.show(job)
    return capsys.readouterr().out.splitlines()


def test_elsewhere_every_change_is_a_line_even_those_between_two_looks(world, capsys):
    job = world.job()
    first = replace(job, sequence=1, transitions=job.transitions[:1])
    lines = lines_of([first, first, job, job], capsys)
    assert [line.split(" ", 3)[3] for line in lines] == [
        "STARTING by dispatch",
        "RUNNING by record",
        "RUNNABLE BACKOFF by record",
    ]
    assert all(job.job_id in line for line in lines)


def test_a_record_without_its_changes_is_told_as_it_is(world, capsys):
    (line,) = lines_of([replace(world.job(), transitions=())], capsys)
    assert line.endswith("report RUNNABLE attempt 2 BACKOFF")


def test_for_programs_every_change_is_the_record(world, capsys):
    job = world.job()
    cancelled = replace(job, status=JobStatus.CANCELLED, sequence=job.sequence + 1)
    lines = lines_of([job, job, cancelled], capsys, as_json=True)
    documents = [json.loads(line) for line in lines]
    assert [each["status"] for each in documents] == ["RUNNABLE", "CANCELLED"]


def test_a_terminal_is_redrawn_as_time_passes_and_left_clean(world):
    screen, clock = io.StringIO(), [NOW]
    console = Console(file=screen, force_terminal=True, width=80, height=40)

    def fail(_):
        raise UnreachableError("no", advice="try")

    timeline = JobTimeline(fail, console=console, now=lambda: clock[0])
    with timeline:
        timeline.show(world.job())
        clock[0] = world.job().status_at + timedelta(seconds=90)
        timeline.show(world.job())
    assert "1 min 30 s ..." in screen.getvalue()
    assert screen.getvalue().rstrip("\r").endswith("\x1b[2K")  # it is erased
