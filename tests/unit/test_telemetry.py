"""Telemetry: every event is known, a line is JSON, counts are one line."""

from __future__ import annotations

import ast
import io
import json
import logging
from itertools import count
from pathlib import Path

import pytest
from aws_lambda_powertools import Logger

from headrace.telemetry import EVENTS, TEXT_CHARACTERS_MAX, LoggedSignals

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
        self.signals = LoggedSignals(logger, namespace="Headrace", service="dispatch")

    def lines(self):
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def line(self):
        (line,) = self.lines()
        return line


@pytest.fixture
def console():
    return Console()


def emitted(path):
    """Return the first argument of every `emit(...)` in a module."""
    return [
        node.args[0]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "emit"
    ]


def test_the_events_that_are_listed_are_those_that_are_emitted():
    names = [name for path in SOURCES for name in emitted(path)]

    assert all(isinstance(name, ast.Constant) for name in names)
    assert {name.value for name in names} == set(EVENTS)


def test_an_event_that_is_not_listed_is_a_fault(console):
    with pytest.raises(KeyError, match=r"job\.exploded"):
        console.signals.emit("job.exploded")


def test_a_signal_is_one_json_line_with_its_event_and_fields(console):
    console.signals.emit(
        "launch.started", job_id="abc", launch=2, is_last=True, task_arn=None
    )

    line = console.line()
    assert line["event"] == "launch.started"
    assert line["message"] == "launch started"
    assert (line["job_id"], line["launch"], line["is_last"]) == ("abc", 2, True)
    assert "task_arn" not in line
    assert (line["service"], line["level"]) == (console.service, "INFO")


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_logged_at_its_level(console, event):
    console.signals.emit(event, visited=1)

    assert console.line()["level"] == logging.getLevelName(EVENTS[event][0])


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


def test_the_counts_of_an_invocation_are_one_metrics_line(console, capsys):
    console.signals.emit("job.accepted")
    console.signals.emit("job.accepted")
    console.signals.emit("dispatch.batch_deferred")
    console.signals.emit("dispatch.message_deferred")  # the same metric
    console.signals.emit("job.cancel_requested")  # no metric

    console.signals.flush()

    metrics = json.loads(capsys.readouterr().out)
    (directive,) = metrics["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Headrace"
    assert directive["Dimensions"] == [["service"]]
    assert metrics["service"] == "dispatch"
    assert {each["Name"]: each["Unit"] for each in directive["Metrics"]} == {
        "JobsAccepted": "Count",
        "MessagesDeferred": "Count",
    }
    assert (metrics["JobsAccepted"], metrics["MessagesDeferred"]) == ([2.0], [2.0])


def test_what_was_published_is_not_published_again(console, capsys):
    console.signals.emit("job.accepted")
    console.signals.flush()
    capsys.readouterr()

    console.signals.flush()

    assert capsys.readouterr().out == ""
