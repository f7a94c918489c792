"""Checks of what the stack runs: functions, event sources, schedule, dead letters."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from headrace_client.doctor.configuration import messages_in
from headrace_client.doctor.findings import Finding, well, wrong
from headrace_client.redrive import QUEUES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headrace_client.connection import Connection
    from headrace_client.doctor.stack import Stack

FUNCTIONS = (
    "DispatchFunction",
    "RecordFunction",
    "ReconcileFunction",
    "AnnounceFunction",
)
CLUSTERS = ("ClusterName", "UntrustedClusterName")
FED = {
    "DispatchFunction": "job requests",
    "RecordFunction": "task events",
    "AnnounceFunction": "events of jobs",
}
SCHEDULE = "ReconcileFunctionEveryMinute"
ROUND_SECONDS_MAX = 180
"""Reconcile does a round a minute; two may be missed before that says something."""

PAGES = {queue.logical_id: queue.page for queue in QUEUES}
"""Each dead-letter queue, and its page of the runbook."""


def look_at_cluster(connection: Connection, stack: Stack) -> Iterator[Finding]:
    """Check that ECS answers, and has the cluster, or one for each class of jobs."""
    names = [stack.outputs[each] for each in CLUSTERS if each in stack.outputs]
    found = connection.clients.ecs.describe_clusters(clusters=names)["clusters"]
    states = {each["clusterName"]: each.get("status", "unknown") for each in found}
    for name in names:
        status = states.get(name, "not there")
        if status != "ACTIVE":
            yield wrong(
                "cluster",
                f"The cluster {name!r} is {status}, so that no task can start.",
                "Create it again, or deploy with another ExistingClusterName."
                if name == names[0]
                else "Deploy with UntrustedClass=DISABLED, then with ENABLED again.",
            )
            return
    verb = "is" if len(names) == 1 else "are"
    yield well("cluster", f"{' and '.join(names)} {verb} there.")


def look_at_functions(connection: Connection, stack: Stack) -> Iterator[Finding]:
    """Check that all functions may run."""
    functions = connection.clients.of("lambda")
    for logical_id in FUNCTIONS:
        name = stack.resources[logical_id]
        state = functions.get_function_configuration(FunctionName=name)
        concurrency = functions.get_function_concurrency(FunctionName=name)
        trouble = _trouble_of(state, concurrency)
        if trouble is not None:
            yield wrong("functions", f"{name} {trouble[0]}.", trouble[1].format(name))
            return
    yield well("functions", f"{len(FUNCTIONS)} are active.")


def _trouble_of(
    state: dict[str, Any], concurrency: dict[str, Any]
) -> tuple[str, str] | None:
    if concurrency.get("ReservedConcurrentExecutions") == 0:
        return (
            "has a reserved concurrency of 0, which pauses it",
            "aws lambda delete-function-concurrency --function-name {}",
        )
    if state.get("State", "Active") not in {"Active", "Inactive"}:
        reason = state.get("StateReason", "no reason given")
        return f"is {state['State']}: {reason}", "Deploy the stack again."
    if state.get("LastUpdateStatus", "Successful") == "Failed":
        reason = state.get("LastUpdateStatusReason", "no reason given")
        return f"was not updated: {reason}", "Deploy the stack again."
    return None


def look_at_event_sources(connection: Connection, stack: Stack) -> Iterator[Finding]:
    """Check that the queues and the table's stream feed their functions."""
    functions = connection.clients.of("lambda")
    for logical_id, what in FED.items():
        name = stack.resources[logical_id]
        answer = functions.list_event_source_mappings(FunctionName=name)
        mappings = answer["EventSourceMappings"]
        if not mappings:
            said, advice = f"Nothing feeds {name}", "Deploy the stack again."
        elif mappings[0]["State"] in {"Enabled", "Enabling", "Updating", "Creating"}:
            continue
        else:
            said = f"The event source mapping of {name} is {mappings[0]['State']}"
            uuid = mappings[0]["UUID"]
            advice = f"aws lambda update-event-source-mapping --uuid {uuid} --enabled"
        yield wrong("event sources", f"{said}, so that {what} wait.", advice)
        return
    yield well("event sources", f"{len(FED)} functions are fed.")


def look_at_schedule(connection: Connection, stack: Stack) -> Iterator[Finding]:
    """Check that reconcile's schedule is enabled."""
    name = stack.resources[SCHEDULE]
    state = connection.clients.of("scheduler").get_schedule(Name=name)["State"]
    if state == "ENABLED":
        yield well("schedule", f"{name} is enabled.")
        return
    yield wrong(
        "schedule",
        f"Reconcile's schedule {name} is {state}, so that nothing recovers.",
        "Enable it in EventBridge Scheduler's console, or deploy the stack again.",
    )


def look_at_rounds(connection: Connection, stack: Stack) -> Iterator[Finding]:
    """Check that reconcile has finished a round lately: it writes a line for each."""
    now = time.time()
    pages = (
        connection.clients.of("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=stack.resources["ReconcileLogGroup"],
            startTime=int((now - ROUND_SECONDS_MAX) * 1000),
            filterPattern='"ReconcileRuns"',
        )
    )
    rounds = [event["timestamp"] for page in pages for event in page["events"]]
    if rounds:
        seconds = now - max(rounds) / 1000
        yield well("reconcile", f"Its last round ended {max(0, seconds):.0f} s ago.")
        return
    yield wrong(
        "reconcile",
        f"It has finished no round for {ROUND_SECONDS_MAX} s.",
        "See docs/runbook/reconcile-silence.md.",
    )


def look_at_dead_letters(connection: Connection, stack: Stack) -> Iterator[Finding]:
    """Check that nothing was given up."""
    for logical_id, page in PAGES.items():
        waiting, in_flight = messages_in(connection, stack.resources[logical_id])
        if waiting + in_flight:
            yield wrong(
                "dead letters",
                f"{logical_id} holds {waiting + in_flight}.",
                f"headrace redrive shows them; see docs/runbook/{page}.md.",
            )
            return
    yield well("dead letters", f"{len(PAGES)} queues are empty.")


def look_at_alarms(connection: Connection, stack: Stack) -> Iterator[Finding]:
    """Check that no alarm of the stack is on."""
    pages = (
        connection.clients.of("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmNamePrefix=f"{stack.name}-")
    )
    alarms = [alarm for page in pages for alarm in page["MetricAlarms"]]
    on = [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]
    if not on:
        yield well("alarms", f"None of {len(alarms)} is on.")
        return
    page = on[0].removeprefix(f"{stack.name}-")
    yield wrong(
        "alarms", f"On: {', '.join(sorted(on))}.", f"See docs/runbook/{page}.md."
    )
