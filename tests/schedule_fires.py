"""The example schedules, and what EventBridge sends when they fire.

The words in angle brackets are filled in here, for slots of the test's choosing.
Sources: Amazon EventBridge Scheduler User Guide, "Adding context attributes"; Amazon
EventBridge User Guide, "Input transformation" and "Creating a scheduled rule".
`real_fire` lets the emulated EventBridge do it, for the slot that is now.
"""

from __future__ import annotations

import json
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "examples" / "schedules"
CLOCK = "test.clock"
RULE_NAME = "headrace-schedule-hourly"


def filled_in(text, *, arn, slot, fire, attempt=1):
    """The input of a schedule, as Scheduler sends it."""
    words = {
        "schedule-arn": arn,
        "scheduled-time": slot,
        "execution-id": fire,
        "attempt-number": str(attempt),
    }
    for word, value in words.items():
        text = text.replace(f"<aws.scheduler.{word}>", value)
    return text


def transformed(transformer, slot, fire, *, rule_name=RULE_NAME):
    """The input of a scheduled rule's target, as EventBridge sends it."""
    event = {"$.time": slot, "$.id": fire}
    words = {name: event[path] for name, path in transformer["InputPathsMap"].items()}
    words["aws.events.rule-name"] = rule_name
    text = transformer["InputTemplate"]
    for word, value in words.items():
        text = text.replace(f"<{word}>", value)
    return text


class Schedules:
    """The example's stack on a pipeline."""

    def __init__(self, pipeline):
        self.pipeline = pipeline

    def deploy(self):
        """Make the stack, as `aws cloudformation deploy` does."""
        client = self.pipeline.client("cloudformation")
        client.create_stack(
            StackName="example",
            TemplateBody=(EXAMPLE / "template.yaml").read_text(),
            Parameters=[
                {
                    "ParameterKey": "RequestQueueArn",
                    "ParameterValue": self.pipeline.deployment.outputs[
                        "RequestQueueArn"
                    ],
                }
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        client.get_waiter("stack_create_complete").wait(
            StackName="example", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )

    def fire_schedule(self, slot, fire):
        """Send what Scheduler sends for a slot; return the idempotency key."""
        schedule = self.pipeline.client("scheduler").get_schedule(
            Name="example-nightly", GroupName="example"
        )
        target = schedule["Target"]
        body = filled_in(target["Input"], arn=schedule["Arn"], slot=slot, fire=fire)
        return self._send(target["Arn"], body)

    def fire_rule(self, slot, fire):
        """Send what the rule's target gets for a slot; return the idempotency key."""
        (target,) = self.pipeline.client("events").list_targets_by_rule(Rule=RULE_NAME)[
            "Targets"
        ]
        body = transformed(target["InputTransformer"], slot, fire)
        return self._send(target["Arn"], body)

    def real_fire(self):
        """Make the deployed rule fire now, with its deployed targets.

        A rule may have a pattern as well as a schedule, and then it fires for either.
        """
        events = self.pipeline.client("events")
        rule = events.describe_rule(Name=RULE_NAME)
        events.put_rule(
            Name=RULE_NAME,
            ScheduleExpression=rule["ScheduleExpression"],
            EventPattern=json.dumps({"source": [CLOCK]}),
        )
        event = {"Source": CLOCK, "DetailType": "Scheduled Event", "Detail": "{}"}
        answer = events.put_events(Entries=[event])
        assert answer["FailedEntryCount"] == 0

    def _send(self, queue_arn, body):
        queue = queue_arn.rpartition(":")[2]
        assert self.pipeline.queue_url.endswith(f"/{queue}")
        self.pipeline.client("sqs").send_message(
            QueueUrl=self.pipeline.queue_url, MessageBody=body
        )
        return json.loads(body)["idempotencyKey"]
