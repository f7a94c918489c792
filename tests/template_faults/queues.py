"""Faults in queues."""

from __future__ import annotations

from template_faults.fault import Template, drop_statement, event, plants, properties
from template_rules import queues


@plants(
    "TLS not asked for",
    broken=queues.queues_are_not_used_without_tls,
    where="RequestQueue",
)
def tls_not_asked_for(template: Template) -> None:
    drop_statement(template, "RequestQueuePolicy", "DenyWithoutTls")


@plants("queue in the clear", broken=queues.queues_are_encrypted, where="RequestQueue")
def queue_in_the_clear(template: Template) -> None:
    properties(template, "RequestQueue")["SqsManagedSseEnabled"] = False


@plants(
    "missing ReportBatchItemFailures",
    broken=queues.one_bad_message_does_not_bring_its_batch_back,
    where="DispatchFunctionRequest",
)
def batch_comes_back_whole(template: Template) -> None:
    del event(template, "DispatchFunction", "Request")["FunctionResponseTypes"]


@plants(
    "visibility below 6 x timeout",
    broken=queues.messages_stay_hidden_for_six_timeouts,
    where="TaskEventQueue",
)
def hidden_too_short(template: Template) -> None:
    properties(template, "TaskEventQueue")["VisibilityTimeout"] = 359


@plants(
    "given up after four receives",
    broken=queues.messages_that_keep_failing_are_kept,
    where="RequestQueue",
)
def given_up_too_soon(template: Template) -> None:
    properties(template, "RequestQueue")["RedrivePolicy"]["maxReceiveCount"] = 4


@plants(
    "queue without dead letters",
    broken=queues.messages_that_keep_failing_are_kept,
    where="RequestQueue",
)
def failing_for_ever(template: Template) -> None:
    del properties(template, "RequestQueue")["RedrivePolicy"]


@plants(
    "dead letters forgotten early",
    broken=queues.dead_letters_are_kept_as_long_as_messages,
    where="RequestDeadLetterQueue",
)
def dead_letters_forgotten(template: Template) -> None:
    del properties(template, "RequestDeadLetterQueue")["MessageRetentionPeriod"]


@plants(
    "dead letters of anybody",
    broken=queues.dead_letter_queues_say_whose_they_are,
    where="TaskEventDeadLetterQueue",
)
def dead_letters_of_anybody(template: Template) -> None:
    del properties(template, "TaskEventDeadLetterQueue")["RedriveAllowPolicy"]
