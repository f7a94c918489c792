"""Alarms: what nobody would notice otherwise, until it has cost something."""

from __future__ import annotations

from headrace.wiring import METRICS_NAMESPACE
from template_rules.finding import Findings
from template_rules.view import View

# What never happens while all is well, or shows that a promise is being broken.
WATCHED = ("DuplicateTasks", "JobsLost", "OldestDueSeconds")
HEARTBEAT = "ReconcileRuns"  # nobody else finds what was lost


def dead_letters_raise_an_alarm(view: View) -> Findings:
    told = {
        alarm["Dimensions"][0]["Value"]
        for alarm in view.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        and alarm["ComparisonOperator"] == "GreaterThanThreshold"
        and float(alarm["Threshold"]) == 0
    }
    for queue_id in sorted(_dead_letter_queues(view)):
        if f"{queue_id}-QueueName" not in told:
            yield queue_id, "fills up and nobody is told"


def waiting_messages_raise_an_alarm(view: View) -> Findings:
    told = _watching(view, "ApproximateAgeOfOldestMessage")
    for _, queue_id, _ in view.mappings():
        if f"{queue_id}-QueueName" not in told:
            yield queue_id, "backs up and nobody is told"


def functions_that_fail_or_are_throttled_raise_an_alarm(view: View) -> Findings:
    for metric in ("Errors", "Throttles"):
        told = _watching(view, metric)
        for function_id in view.of_type("AWS::Lambda::Function").keys() - told:
            yield function_id, f"has {metric.lower()} and nobody is told"


def broken_promises_raise_an_alarm(view: View) -> Findings:
    told = _own_metrics(view)
    for metric in WATCHED:
        if metric not in told:
            yield metric, "rises and nobody is told"


def silence_of_reconcile_raises_an_alarm(view: View) -> Findings:
    if _own_metrics(view).get(HEARTBEAT) != "breaching":
        yield HEARTBEAT, "stops and nobody is told"


def _dead_letter_queues(view: View) -> set[str]:
    targets = [
        target
        for rule in view.of_type("AWS::Events::Rule").values()
        for target in rule["Targets"]
    ]
    targets += [
        schedule["Target"]
        for schedule in view.of_type("AWS::Scheduler::Schedule").values()
    ]
    return {
        *(dead_letters_id for _, dead_letters_id, _ in view.redrives()),
        *(
            view.named(target["DeadLetterConfig"]["Arn"])
            for target in targets
            if "DeadLetterConfig" in target
        ),
    }


def _watching(view: View, metric: str) -> set[str]:
    """What alarms on a metric of AWS are about."""
    return {
        alarm["Dimensions"][0]["Value"]
        for alarm in view.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == metric
    }


def _own_metrics(view: View) -> dict[str, str]:
    """Each metric of ours with an alarm, and what its absence means there."""
    return {
        alarm["MetricName"]: alarm["TreatMissingData"]
        for alarm in view.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == METRICS_NAMESPACE
    }
