"""Events and ticks: where they go, and where what cannot be delivered ends up."""

from __future__ import annotations

from template_rules.finding import Findings
from template_rules.view import View


def rules_deliver_to_queues(view: View) -> Findings:
    for rule_id, rule in view.of_type("AWS::Events::Rule").items():
        for target in rule["Targets"]:
            # A function would be invoked while nobody can slow the events down.
            if ":sqs:" not in target["Arn"]:
                yield rule_id, f"delivers to {target['Arn']}, which is no queue"


def rules_keep_what_they_cannot_deliver(view: View) -> Findings:
    for rule_id, rule in view.of_type("AWS::Events::Rule").items():
        for target in rule["Targets"]:
            if ":sqs:" not in target.get("DeadLetterConfig", {}).get("Arn", ""):
                yield rule_id, f"target {target['Id']} has no dead-letter queue"
            if "RetryPolicy" not in target:
                yield rule_id, f"target {target['Id']} does not say how long it tries"


def schedules_keep_missed_ticks(view: View) -> Findings:
    for schedule_id, schedule in view.of_type("AWS::Scheduler::Schedule").items():
        target = schedule["Target"]
        if ":sqs:" not in target.get("DeadLetterConfig", {}).get("Arn", ""):
            yield schedule_id, "has no dead-letter queue"
        if "RetryPolicy" not in target:
            yield schedule_id, "does not say how long it tries"
