"""Faults in alarms."""

from __future__ import annotations

from template_faults.fault import Template, plants, properties
from template_rules import alarms


def drop_alarm(template: Template, logical_id: str) -> None:
    """Without the dashboard, which shows every alarm by its name."""
    del template["Resources"][logical_id]
    del template["Resources"]["Dashboard"]


@plants(
    "missing alarm",
    broken=alarms.dead_letters_raise_an_alarm,
    where="RequestDeadLetterQueue",
)
def dead_letters_in_silence(template: Template) -> None:
    drop_alarm(template, "RequestDeadLettersAlarm")


@plants(
    "alarm after ten dead letters",
    broken=alarms.dead_letters_raise_an_alarm,
    where="TaskEventDeadLetterQueue",
)
def late_alarm(template: Template) -> None:
    properties(template, "TaskEventDeadLettersAlarm")["Threshold"] = 10


@plants(
    "missing alarm on old messages",
    broken=alarms.waiting_messages_raise_an_alarm,
    where="TaskEventQueue",
)
def messages_wait_in_silence(template: Template) -> None:
    drop_alarm(template, "OldestTaskEventAlarm")


@plants(
    "missing alarm on errors",
    broken=alarms.functions_that_fail_or_are_throttled_raise_an_alarm,
    where="ReconcileFunction",
)
def errors_in_silence(template: Template) -> None:
    drop_alarm(template, "ReconcileErrorsAlarm")


@plants(
    "missing alarm on throttles",
    broken=alarms.functions_that_fail_or_are_throttled_raise_an_alarm,
    where="RecordFunction",
)
def throttles_in_silence(template: Template) -> None:
    drop_alarm(template, "RecordThrottlesAlarm")


@plants(
    "missing alarm on lost jobs",
    broken=alarms.broken_promises_raise_an_alarm,
    where="JobsLost",
)
def losses_in_silence(template: Template) -> None:
    drop_alarm(template, "JobsLostAlarm")


@plants(
    "alarm that takes silence for health",
    broken=alarms.silence_of_reconcile_raises_an_alarm,
    where="ReconcileRuns",
)
def silence_is_health(template: Template) -> None:
    alarm = properties(template, "ReconcileSilenceAlarm")
    alarm["TreatMissingData"] = "notBreaching"
