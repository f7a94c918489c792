"""Faults in what events and ticks do."""

from __future__ import annotations

from template_faults.fault import Template, arn_of, event, plants, target
from template_rules import deliveries


@plants(
    "no DLQ on the rule target",
    broken=deliveries.rules_keep_what_they_cannot_deliver,
    where="TaskEventRule",
)
def rule_without_dead_letters(template: Template) -> None:
    del target(template)["DeadLetterConfig"]


@plants(
    "rule that tries by default",
    broken=deliveries.rules_keep_what_they_cannot_deliver,
    where="TaskEventRule",
)
def rule_that_tries_by_default(template: Template) -> None:
    del target(template)["RetryPolicy"]


@plants(
    "rule -> Lambda", broken=deliveries.rules_deliver_to_queues, where="TaskEventRule"
)
def rule_to_function(template: Template) -> None:
    target(template)["Arn"] = arn_of("RecordFunction")


@plants(
    "schedule without dead letters",
    broken=deliveries.schedules_keep_missed_ticks,
    where="ReconcileFunctionEveryMinute",
)
def ticks_missed_in_silence(template: Template) -> None:
    del event(template, "ReconcileFunction", "EveryMinute")["DeadLetterConfig"]
