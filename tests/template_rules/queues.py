"""Queues: who gets what fails, for how long, and who may not come near."""

from __future__ import annotations

from template_rules.finding import Findings
from template_rules.view import View

RECEIVES_MIN = 5  # fewer would bury good messages during a short outage
RETENTION_SECONDS_DEFAULT = 345_600  # SQS's own: four days
TIMEOUTS_HIDDEN = 6  # AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"


def one_bad_message_does_not_bring_its_batch_back(view: View) -> Findings:
    mappings = view.of_type("AWS::Lambda::EventSourceMapping")
    for mapping_id, mapping in mappings.items():  # of streams as well
        if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
            yield mapping_id, "the function cannot say which messages failed"


def messages_stay_hidden_for_six_timeouts(view: View) -> Findings:
    functions = view.of_type("AWS::Lambda::Function")
    queues = view.of_type("AWS::SQS::Queue")
    for function_id, queue_id, _ in view.mappings():
        hidden_seconds = int(queues[queue_id].get("VisibilityTimeout", 30))
        timeout_seconds = int(functions[function_id].get("Timeout", 3))
        if hidden_seconds < TIMEOUTS_HIDDEN * timeout_seconds:
            taken = f"{function_id} may take {timeout_seconds} s"
            yield queue_id, f"messages are hidden for {hidden_seconds} s, and {taken}"


def messages_that_keep_failing_are_kept(view: View) -> Findings:
    redrives = {queue_id: policy for queue_id, _, policy in view.redrives()}
    for _, queue_id, _ in view.mappings():
        receives = int(redrives.get(queue_id, {}).get("maxReceiveCount", 0))
        if not receives:
            yield queue_id, "has no dead-letter queue"
        elif receives < RECEIVES_MIN:
            yield queue_id, f"gives up after {receives} receives"


def dead_letters_are_kept_as_long_as_messages(view: View) -> Findings:
    kept = {
        queue_id: int(queue.get("MessageRetentionPeriod", RETENTION_SECONDS_DEFAULT))
        for queue_id, queue in view.of_type("AWS::SQS::Queue").items()
    }
    for queue_id, dead_letters_id, _ in view.redrives():
        # A dead letter's age counts from its first queue.
        if kept[dead_letters_id] < kept[queue_id]:
            yield dead_letters_id, f"keeps letters for less time than {queue_id}"


def dead_letter_queues_say_whose_they_are(view: View) -> Findings:
    for queue_id, dead_letters_id, _ in view.redrives():
        queue = view.of_type("AWS::SQS::Queue")[dead_letters_id]
        allow = queue.get("RedriveAllowPolicy", {})
        if allow.get("redrivePermission") != "byQueue":
            yield dead_letters_id, f"takes dead letters of others than {queue_id}"


def queues_are_encrypted(view: View) -> Findings:
    for queue_id, queue in view.of_type("AWS::SQS::Queue").items():
        if not (queue.get("SqsManagedSseEnabled") or queue.get("KmsMasterKeyId")):
            yield queue_id, "is not encrypted by this template"
        if str(queue.get("KmsMasterKeyId", "")).endswith("alias/aws/sqs"):
            yield queue_id, "has a key that EventBridge cannot use"


def queues_are_not_used_without_tls(view: View) -> Findings:
    denying = {
        view.named(queue)
        for policy_id, policy in view.of_type("AWS::SQS::QueuePolicy").items()
        for where, statement in view.invitations()
        if where == policy_id
        and not statement.allows
        and statement.principal == "*"
        and statement.actions == ("sqs:*",)
        and statement.condition == {"Bool": {"aws:SecureTransport": "false"}}
        for queue in policy["Queues"]
        if {"*", view.named(queue)} & {view.named(each) for each in statement.resources}
    }
    for queue_id in view.of_type("AWS::SQS::Queue").keys() - denying:
        yield queue_id, "no policy denies requests without TLS"
