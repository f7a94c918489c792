"""Alarms, their pages in the runbook, the dashboard and what is measured agree."""

from __future__ import annotations

import json
import re

import pytest

from expanded_template import ROOT, expanded, of_type, source, target
from headrace.operations import EVENTS, METRICS
from headrace.telemetry import DIMENSION
from headrace.wiring import METRICS_NAMESPACE
from headrace_client.doctor.machinery import FUNCTIONS as DOCTORED_FUNCTIONS
from headrace_client.doctor.machinery import PAGES as DEAD_LETTER_PAGES
from headrace_client.doctor.machinery import SCHEDULE

ALARMS = of_type("AWS::CloudWatch::Alarm")
PAGES = {
    path.stem: path.read_text()
    for path in (ROOT / "docs" / "runbook").glob("*.md")
    if path.stem != "README"
}
FUNCTIONS = (
    "DispatchFunction",
    "RecordFunction",
    "ReconcileFunction",
    "AnnounceFunction",
)
AWS_METRICS = {
    "ApproximateNumberOfMessagesVisible": ("AWS::SQS::Queue", "QueueName"),
    "ApproximateAgeOfOldestMessage": ("AWS::SQS::Queue", "QueueName"),
    "Errors": ("AWS::Lambda::Function", "FunctionName"),
    "Throttles": ("AWS::Lambda::Function", "FunctionName"),
    "IteratorAge": ("AWS::Lambda::Function", "FunctionName"),
}
OWN_DIMENSIONS = [{"Name": DIMENSION, "Value": {"Ref": "AWS::StackName"}}]


def page_of(alarm):
    """The name of an alarm's page: its own name without the stack's."""
    return alarm["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")


def dashboard():
    (properties,) = of_type("AWS::CloudWatch::Dashboard").values()
    text = properties["DashboardBody"]["Fn::Sub"]
    return json.loads(text)["widgets"]


def shown_metrics():
    """Every metric of the dashboard, its shorthand written out."""
    for widget in dashboard():
        before = []
        for written in widget["properties"].get("metrics", []):
            before = [
                old if new == "." else new
                for new, old in zip(written, before or written, strict=True)
            ]
            yield tuple(before)


def test_every_alarm_has_a_page_and_every_page_an_alarm():
    assert sorted(map(page_of, ALARMS.values())) == sorted(PAGES)


@pytest.mark.parametrize("logical_id", ALARMS)
def test_an_alarm_says_in_a_sentence_what_is_wrong_and_where_to_read_on(logical_id):
    alarm = ALARMS[logical_id]
    description = alarm["AlarmDescription"]
    sentence, _, path = description.rpartition(": ")
    assert path == f"docs/runbook/{page_of(alarm)}.md"
    assert re.fullmatch(r"[A-Z][^.]+", sentence)


@pytest.mark.parametrize("logical_id", ALARMS)
def test_the_page_tells_metric_and_meaning_and_what_to_do(logical_id):
    alarm = ALARMS[logical_id]
    page = PAGES[page_of(alarm)]
    assert f"Alarm `<stack>-{page_of(alarm)}`: `{alarm['MetricName']}`" in page
    assert re.findall("^## (.+)$", page, re.MULTILINE) == [
        "What it means",
        "What to do",
        "When to ignore it",
    ]
    assert f"{alarm['Threshold']}" in page.split("\n\n")[1]


@pytest.mark.parametrize("logical_id", ALARMS)
def test_an_alarm_is_on_a_metric_that_somebody_emits(logical_id):
    alarm = ALARMS[logical_id]
    if alarm["Namespace"] == METRICS_NAMESPACE:
        assert alarm["MetricName"] in METRICS
        assert alarm["Dimensions"] == OWN_DIMENSIONS
    else:
        kind, name = AWS_METRICS[alarm["MetricName"]]
        assert alarm["Namespace"] == "AWS/" + kind.split("::")[1]
        (dimension,) = alarm["Dimensions"]
        assert dimension["Name"] == name
        assert target(dimension["Value"]) in of_type(kind)


@pytest.mark.parametrize("logical_id", ALARMS)
def test_an_alarm_tells_the_topic_when_it_begins_and_when_it_ends(logical_id):
    told = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], []]}
    assert ALARMS[logical_id]["AlarmActions"] == told
    assert ALARMS[logical_id]["OKActions"] == told


def test_without_a_topic_there_are_alarms_all_the_same():
    assert source()["Parameters"]["AlarmTopicArn"]["Default"] == ""
    conditions = [
        expanded()["Resources"][logical_id].get("Condition") for logical_id in ALARMS
    ]
    assert set(conditions) == {None}


def test_what_missing_data_means_is_decided_for_every_alarm():
    decided = {}
    for alarm in ALARMS.values():
        decided.setdefault(alarm["TreatMissingData"], set()).add(page_of(alarm))
    assert decided["breaching"] == {"reconcile-silence"}
    assert decided["ignore"] == {
        "oldest-due-job",
        *(page for page in PAGES if page.endswith("-dead-letters")),
    }
    assert decided.keys() == {"breaching", "ignore", "notBreaching"}


def test_what_must_never_happen_or_never_stop_is_watched():
    own = {
        alarm["MetricName"]
        for alarm in ALARMS.values()
        if alarm["Namespace"] == METRICS_NAMESPACE
    }
    assert own == {
        "OldestDueSeconds",
        "JobsLost",
        "DuplicateTasks",
        "TasksStuck",
        "LaunchesRejected",
        "LaunchesClashed",
        "LaunchesThrottled",
        "ReconcileRuns",
        "ReconcileJobsFailed",
    }


def test_the_dashboard_shows_every_metric_of_ours_and_no_other():
    shown = [each for each in shown_metrics() if each[0] == METRICS_NAMESPACE]
    assert {each[2:] for each in shown} == {(DIMENSION, "${AWS::StackName}")}
    assert sorted(each[1] for each in shown) == sorted(METRICS)


def test_the_dashboard_shows_every_alarm():
    (states,) = (each for each in dashboard() if each["type"] == "alarm")
    shown = [arn.strip("${}") for arn in states["properties"]["alarms"]]
    assert sorted(shown) == sorted(f"{each}.Arn" for each in ALARMS)


def test_the_dashboard_names_resources_that_there_are():
    (properties,) = of_type("AWS::CloudWatch::Dashboard").values()
    named = re.findall(r"\$\{([A-Za-z0-9:]+)", json.dumps(properties))
    resources = expanded()["Resources"].keys()
    assert set(named) - resources == {"AWS::Region", "AWS::StackName"}


def test_the_operations_page_lists_every_metric():
    page = (ROOT / "docs" / "operations.md").read_text()
    section = page.partition("## Metrics\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \| [a-z]", section, re.MULTILINE)
    assert sorted(listed) == sorted(METRICS)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_resources_and_events_that_there_are(name):
    resources = re.findall(r"\$\((?:arn_)?of (\w+)\)", PAGES[name])
    assert "```console" in PAGES[name]
    assert set(resources) <= expanded()["Resources"].keys()
    assert set(re.findall(r'event = "([^"]+)"', PAGES[name])) <= EVENTS.keys()


def test_the_runbook_lists_every_page():
    listed = (ROOT / "docs" / "runbook" / "README.md").read_text()
    assert re.findall(r"^\| \[([a-z-]+)\]", listed, re.MULTILINE) == [
        page_of(alarm) for alarm in ALARMS.values()
    ]


def test_concurrency_is_reserved_only_where_asked_for():
    assert source()["Parameters"]["ReserveConcurrency"]["Default"] == "no"
    for function_id in FUNCTIONS:
        function = of_type("AWS::Lambda::Function")[function_id]
        condition, _, otherwise = function["ReservedConcurrentExecutions"]["Fn::If"]
        assert condition == "HasReservedConcurrency"
        assert otherwise == {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize("size", ["least", "small", "medium", "large"])
def test_reserved_concurrency_has_room_for_all_that_may_come_at_once(size):
    sizes = source()["Mappings"]["Concurrency"][size]
    room = {
        function_id: sizes[
            of_type("AWS::Lambda::Function")[function_id][
                "ReservedConcurrentExecutions"
            ]["Fn::If"][1]["Fn::FindInMap"][2]
        ]
        for function_id in FUNCTIONS
    }
    # Fewer than the batches would throttle what is received already.
    assert room["DispatchFunction"] >= sizes["Batches"]
    assert room["RecordFunction"] >= sizes["Batches"]
    # A wake by each batch of both, and the tick.
    assert room["ReconcileFunction"] >= 2 * sizes["Batches"] + 1


def test_the_doctor_knows_every_dead_letter_queue_and_its_page():
    pages = {
        target(alarm["Dimensions"][0]["Value"]): page_of(alarm)
        for alarm in ALARMS.values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    assert pages == DEAD_LETTER_PAGES


def test_the_doctor_looks_at_resources_that_there_are():
    resources = expanded()["Resources"].keys()
    assert {*DOCTORED_FUNCTIONS, SCHEDULE, "ReconcileLogGroup"} <= resources
