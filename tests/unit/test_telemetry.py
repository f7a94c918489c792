"""Telemetry: every event is known, a line is JSON, counts are one line."""

from __future__ import annotations

import ast
import dataclasses
import io
import json
import logging
from itertools import count
from pathlib import Path

import pytest
from aws_lambda_powertools import Logger

from headrace.jobs.job import JobStatus
from headrace.operations import EVENTS, METRICS
from headrace.requests.rejection import Reason
from headrace.stages.reconcile import Tally
from headrace.telemetry import TEXT_CHARACTERS_MAX, LoggedSignals

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("layers/headrace", "functions")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
_NUMBERS = count(1)


class Console:
    """A function's signals, and the lines that they wrote to its log."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        # Powertools gives a service's first stream to all its loggers.
        self.service = f"dispatch-{next(_NUMBERS)}"
        logger = Logger(service=self.service, stream=self._stream, level="DEBUG")
        self.signals = LoggedSignals(logger, namespace="Headrace", stack_name="blue")

    def lines(self):
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def line(self):
        (line,) = self.lines()
        return line


@pytest.fixture
def console():
    return Console()


def emissions(path):
    """Return every `emit(...)` in a module."""
    return [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "emit"
    ]


def test_the_events_that_are_listed_are_those_that_are_emitted():
    names = [call.args[0] for path in SOURCES for call in emissions(path)]

    assert all(isinstance(name, ast.Constant) for name in names)
    assert {name.value for name in names} == set(EVENTS)


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (event, each.by_field[0])
        for event, each in EVENTS.items()
        if each.by_field is not None
    ],
)
def test_a_field_that_decides_on_a_metric_is_given_wherever_it_is_emitted(event, field):
    calls = [
        call
        for path in SOURCES
        for call in emissions(path)
        if call.args[0].value == event
    ]

    assert calls
    for call in calls:
        assert field in {keyword.arg for keyword in call.keywords}


def test_what_a_round_of_reconcile_measures_is_what_it_tallies():
    tallied = {each.name for each in dataclasses.fields(Tally)}
    assert set(EVENTS["reconcile.done"].measures) == tallied


def test_an_event_that_is_not_listed_is_a_fault(console):
    with pytest.raises(KeyError, match=r"job\.exploded"):
        console.signals.emit("job.exploded")


def test_a_signal_is_one_json_line_with_its_event_and_fields(console):
    console.signals.emit(
        "launch.started", job_id="abc", launch=2, is_last=True, task_arn=None
    )

    line = console.line()
    assert line["event"] == "launch.started"
    assert "message" not in line
    assert (line["job_id"], line["launch"], line["is_last"]) == ("abc", 2, True)
    assert "task_arn" not in line
    assert (line["service"], line["level"]) == (console.service, "INFO")


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_logged_at_its_level(console, event):
    console.signals.emit(event, visited=1)

    assert console.line()["level"] == logging.getLevelName(EVENTS[event].level)


def test_a_long_text_is_cut(console):
    console.signals.emit("search.incomplete", detail="x" * (TEXT_CHARACTERS_MAX + 1))

    assert console.line()["detail"] == "x" * TEXT_CHARACTERS_MAX


def test_a_text_of_the_greatest_length_is_whole(console):
    console.signals.emit("search.incomplete", detail="x" * TEXT_CHARACTERS_MAX)

    assert console.line()["detail"] == "x" * TEXT_CHARACTERS_MAX


def test_a_value_that_is_no_text_is_shown_as_json_and_cut_too(console):
    long = list(range(1000))
    console.signals.emit("search.incomplete", detail=long, found={"a": 1})

    line = console.line()
    assert line["detail"] == json.dumps(long)[:TEXT_CHARACTERS_MAX]
    assert line["found"] == '{"a": 1}'


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ({"visited": 0, "drained": 0}, "DEBUG"),
        ({"visited": 1, "drained": 0}, "INFO"),
        ({"visited": 0, "drained": 1}, "INFO"),
    ],
)
def test_a_reconcile_that_did_nothing_says_nothing(console, fields, level):
    console.signals.emit("reconcile.done", **fields)

    assert console.line()["level"] == level


def flushed(console, capsys):
    """Write the counts; return the one line that they are."""
    console.signals.flush()
    (line,) = capsys.readouterr().out.splitlines()
    return json.loads(line)


def test_the_counts_of_an_invocation_are_one_metrics_line(console, capsys):
    console.signals.emit("job.accepted")
    console.signals.emit("job.accepted")
    console.signals.emit("record.message_deferred")
    console.signals.emit("record.message_unreadable")  # the same metric
    console.signals.emit("job.cancel_requested")  # no metric

    metrics = flushed(console, capsys)

    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Headrace"
    assert {each["Name"]: each["Unit"] for each in directive["Metrics"]} == {
        "JobsAccepted": "Count",
        "ReportsDeferred": "Count",
    }
    assert (metrics["JobsAccepted"], metrics["ReportsDeferred"]) == ([2.0], [2.0])


def test_metrics_have_the_stack_as_their_only_dimension(console, capsys, monkeypatch):
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "dispatch")
    console.signals.emit("job.accepted", job_id="qx5vmp7ytnbhlwyy2c3fzkd4ia")

    metrics = flushed(console, capsys)

    assert metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["stack"]]
    assert metrics.keys() == {"_aws", "stack", "JobsAccepted"}
    assert metrics["stack"] == "blue"


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_of_a_rejection_is_counted_beside_their_sum(
    console, capsys, reason
):
    console.signals.emit("request.rejected", reason=str(reason))

    metrics = flushed(console, capsys)

    name = "Rejected" + "".join(word.title() for word in reason.split("_"))
    assert {key for key in metrics if key.startswith(("Re", "Ro"))} == {
        "RequestsRejected",
        name,
    }


@pytest.mark.parametrize(
    ("status", "metric"),
    [
        (JobStatus.SUCCEEDED, "JobsSucceeded"),
        (JobStatus.FAILED, "JobsFailed"),
        (JobStatus.TIMED_OUT, "JobsTimedOut"),
        (JobStatus.CANCELLED, "JobsCancelled"),
        (JobStatus.EXPIRED, "JobsExpired"),
        (JobStatus.LOST, "JobsLost"),
    ],
)
def test_jobs_are_counted_by_how_they_ended(console, capsys, status, metric):
    console.signals.emit("job.finished", status=str(status))

    assert flushed(console, capsys)[metric] == [1.0]


def test_every_end_that_a_job_may_have_is_counted():
    ends = {status for status in JobStatus if status.is_terminal}
    assert set(EVENTS["job.finished"].by_field[1]) == ends


def test_a_refusal_by_throttling_is_told_from_one_for_capacity(console, capsys):
    console.signals.emit("launch.refused", kind="THROTTLED")
    console.signals.emit("launch.refused", kind="CAPACITY")
    console.signals.emit("launch.refused", kind="TRANSIENT")

    metrics = flushed(console, capsys)

    assert metrics["LaunchesRefused"] == [3.0]
    assert metrics["LaunchesThrottled"] == [1.0]
    assert metrics["LaunchesWithoutCapacity"] == [1.0]


def test_an_old_launch_that_ended_well_counts_as_a_second_task(console, capsys):
    console.signals.emit("task.stray", status="STOPPED")
    console.signals.emit("task.stray", status="RUNNING")

    metrics = flushed(console, capsys)

    assert (metrics["StrayReports"], metrics["DuplicateTasks"]) == ([2.0], [1.0])


def test_nothing_due_is_told_and_no_other_zero_is(console, capsys):
    console.signals.emit("reconcile.done", visited=0, drained=0, oldest_due_seconds=0)

    metrics = flushed(console, capsys)

    assert metrics["OldestDueSeconds"] == [0.0]
    assert metrics["ReconcileRuns"] == [1.0]
    assert "JobsVisited" not in metrics
    assert "JobsDrained" not in metrics


def test_counts_add_up_and_of_seconds_the_greatest_stays(console, capsys):
    for seconds in (7, 90, 8):
        console.signals.emit(
            "reconcile.done", visited=2, drained=1, oldest_due_seconds=seconds
        )

    metrics = flushed(console, capsys)

    assert metrics["OldestDueSeconds"] == [90.0]
    assert (metrics["JobsVisited"], metrics["JobsDrained"]) == ([6.0], [3.0])
    units = metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    assert {"Name": "OldestDueSeconds", "Unit": "Seconds"} in units


def test_all_metrics_together_fit_one_line():
    metrics_max = 100  # CloudWatch, "Embedded metric format specification"
    assert len(METRICS) <= metrics_max


def test_what_was_published_is_not_published_again(console, capsys):
    console.signals.emit("job.accepted")
    console.signals.flush()
    capsys.readouterr()

    console.signals.flush()

    assert capsys.readouterr().out == ""
