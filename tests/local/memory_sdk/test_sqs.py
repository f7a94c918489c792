"""What takes time in our SQS in memory, and what no emulator does as AWS does."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count

import pytest
from botocore.exceptions import ClientError

from builders import NOW
from headrace_local.memory import VirtualClock
from headrace_local.memory_sdk import MemorySqs

HOUR = 3_600


class Queues:
    """A queue and its dead letters, on a clock of their own."""

    def __init__(self, **options):
        self.clock = VirtualClock(NOW)
        numbers = count(1)
        self.sqs = MemorySqs(
            self.clock, new_id=lambda: f"id-{next(numbers)}", **options
        )
        self.dead_url = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        self.dead_arn = self.arn(self.dead_url)
        policy = {"deadLetterTargetArn": self.dead_arn, "maxReceiveCount": 2}
        self.url = self.sqs.create_queue(
            QueueName="requests", Attributes={"RedrivePolicy": json.dumps(policy)}
        )["QueueUrl"]

    def arn(self, url):
        answer = self.sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["QueueArn"]
        )
        return answer["Attributes"]["QueueArn"]

    def send(self, body="body", **request):
        answer = self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **request)
        return answer["MessageId"]

    def receive(self, url=None, **request):
        answer = self.sqs.receive_message(
            QueueUrl=url or self.url,
            MaxNumberOfMessages=10,
            MessageSystemAttributeNames=["All"],
            **request,
        )
        return answer.get("Messages", [])

    def delete(self, receipt):
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=receipt)

    def hide(self, receipt, seconds):
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt, VisibilityTimeout=seconds
        )

    def bury(self):
        """Let everything that lies in the queue become a dead letter."""
        for _ in range(3):
            self.receive(VisibilityTimeout=0)


@pytest.fixture
def queues():
    return Queues()


def code_of(error):
    return error.value.response["Error"]["Code"]


# --- Visibility -------------------------------------------------------------------


def test_a_received_message_is_hidden_for_as_long_as_the_queue_says(queues):
    queues.send()
    assert len(queues.receive()) == 1
    queues.clock.advance(29.999)
    assert queues.receive() == []
    queues.clock.advance(0.001)
    assert len(queues.receive()) == 1


def test_a_receiver_may_say_for_how_long(queues):
    queues.send()
    queues.receive(VisibilityTimeout=HOUR)
    queues.clock.advance(HOUR - 1)
    assert queues.receive() == []
    queues.clock.advance(1)
    assert len(queues.receive()) == 1


def test_a_delayed_message_is_hidden_at_first(queues):
    queues.send(DelaySeconds=900)
    queues.clock.advance(899)
    assert queues.receive() == []
    queues.clock.advance(1)
    assert len(queues.receive()) == 1


def test_a_receiver_may_hide_a_message_for_longer_from_now_on(queues):
    queues.send()
    [message] = queues.receive()
    queues.clock.advance(20)
    queues.hide(message["ReceiptHandle"], 60)
    queues.clock.advance(59)
    assert queues.receive() == []
    queues.clock.advance(1)
    assert len(queues.receive()) == 1


def test_a_message_is_hidden_for_twelve_hours_at_most(queues):
    queues.send()
    [message] = queues.receive(VisibilityTimeout=2 * HOUR)
    queues.clock.advance(HOUR)
    queues.hide(message["ReceiptHandle"], 11 * HOUR)
    with pytest.raises(ClientError, match="beyond the limit") as error:
        queues.hide(message["ReceiptHandle"], 11 * HOUR + 1)
    assert code_of(error) == "InvalidParameterValue"


def test_a_message_that_is_visible_again_cannot_be_hidden(queues):
    queues.send()
    [message] = queues.receive(VisibilityTimeout=0)
    queues.hide(message["ReceiptHandle"], 60)
    assert len(queues.receive()) == 1


def test_an_old_receipt_deletes_nothing(queues):
    queues.send()
    [first] = queues.receive(VisibilityTimeout=0)
    [second] = queues.receive(VisibilityTimeout=0)
    queues.delete(first["ReceiptHandle"])
    assert len(queues.sqs.messages(queues.url)) == 1
    queues.delete(second["ReceiptHandle"])
    assert queues.sqs.messages(queues.url) == []


def test_the_latest_receipt_deletes_a_message_that_is_visible_again(queues):
    queues.send()
    [message] = queues.receive()
    queues.clock.advance(30)
    queues.delete(message["ReceiptHandle"])
    assert queues.receive() == []


def test_what_is_no_receipt_is_refused(queues):
    with pytest.raises(ClientError) as error:
        queues.delete("nonsense")
    assert code_of(error) == "ReceiptHandleIsInvalid"


# --- Retention --------------------------------------------------------------------


def test_a_message_is_gone_when_its_retention_is_over(queues):
    queues.send()
    queues.clock.advance(timedelta(days=4).total_seconds() - 1)
    assert len(queues.sqs.messages(queues.url)) == 1
    queues.clock.advance(1)
    assert queues.receive() == []


def test_a_dead_letter_s_retention_counts_from_when_it_was_first_sent(queues):
    queues.send()
    queues.clock.advance(timedelta(days=3).total_seconds())
    queues.bury()
    assert len(queues.sqs.messages(queues.dead_url)) == 1
    queues.clock.advance(timedelta(days=1).total_seconds())
    assert queues.sqs.messages(queues.dead_url) == []


# --- Dead letters -----------------------------------------------------------------


def test_a_dead_letter_keeps_its_id_and_names_its_queue(queues):
    message_id = queues.send(MessageGroupId="acme")
    queues.bury()
    [dead] = queues.receive(queues.dead_url)
    assert dead["MessageId"] == message_id
    assert dead["Attributes"]["DeadLetterQueueSourceArn"] == queues.arn(queues.url)
    assert dead["Attributes"]["MessageGroupId"] == "acme"


def test_a_message_that_is_redriven_is_a_new_one(queues):
    message_id = queues.send("body")
    queues.bury()
    queues.clock.advance(60)
    queues.sqs.start_message_move_task(SourceArn=queues.dead_arn)
    assert queues.sqs.messages(queues.dead_url) == []
    [message] = queues.receive()
    assert (message["Body"], message["MessageId"] != message_id) == ("body", True)
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    sent_at = NOW + timedelta(seconds=60)
    assert message["Attributes"]["SentTimestamp"] == str(
        int(sent_at.timestamp() * 1_000)
    )


def test_only_a_dead_letter_queue_can_be_redriven(queues):
    with pytest.raises(ClientError, match="Dead Letter Queue"):
        queues.sqs.start_message_move_task(SourceArn=queues.arn(queues.url))


def test_a_queue_cannot_have_dead_letters_nowhere(queues):
    policy = {"deadLetterTargetArn": f"{queues.dead_arn}-none", "maxReceiveCount": 2}
    with pytest.raises(ClientError, match="does not exist"):
        queues.sqs.set_queue_attributes(
            QueueUrl=queues.url, Attributes={"RedrivePolicy": json.dumps(policy)}
        )
    queues.send()
    queues.bury()
    assert len(queues.sqs.messages(queues.dead_url)) == 1


# --- Order and sizes --------------------------------------------------------------


def test_the_caller_may_choose_what_is_received_and_in_which_order():
    asked = []

    def newest(url, visible, most):
        asked.append((url, most))
        return visible[::-1][:2]

    queues = Queues(pick=newest)
    for body in "abc":
        queues.send(body)
    assert [message["Body"] for message in queues.receive()] == ["c", "b"]
    assert asked == [(queues.url, 10)]


def test_attributes_count_as_a_message_s_bytes(queues):
    attribute = {"name": {"DataType": "String", "StringValue": "x"}}
    room = 1_048_576 - len("nameStringx")
    queues.send("x" * room, MessageAttributes=attribute)
    with pytest.raises(ClientError, match="shorter"):
        queues.send("x" * (room + 1), MessageAttributes=attribute)


def test_a_batch_s_messages_share_the_limit(queues):
    entries = [{"Id": str(n), "MessageBody": "x" * 600_000} for n in range(2)]
    with pytest.raises(ClientError) as error:
        queues.sqs.send_message_batch(QueueUrl=queues.url, Entries=entries)
    assert code_of(error) == "AWS.SimpleQueueService.BatchRequestTooLong"


def test_a_batch_s_entries_fail_by_themselves(queues):
    entries = [
        {"Id": "good", "MessageBody": "body"},
        {"Id": "bad", "MessageBody": "body", "DelaySeconds": 901},
    ]
    answer = queues.sqs.send_message_batch(QueueUrl=queues.url, Entries=entries)
    assert [each["Id"] for each in answer["Successful"]] == ["good"]
    assert [(each["Id"], each["Code"]) for each in answer["Failed"]] == [
        ("bad", "InvalidParameterValue")
    ]
    assert len(queues.sqs.messages(queues.url)) == 1


@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([], "EmptyBatchRequest"),
        ([str(number) for number in range(11)], "TooManyEntriesInBatchRequest"),
        (["a", "a"], "BatchEntryIdsNotDistinct"),
        (["a b"], "InvalidBatchEntryId"),
    ],
)
def test_a_batch_that_is_none_is_refused(queues, ids, code):
    entries = [{"Id": each, "MessageBody": "body"} for each in ids]
    with pytest.raises(ClientError) as error:
        queues.sqs.send_message_batch(QueueUrl=queues.url, Entries=entries)
    assert code_of(error) == f"AWS.SimpleQueueService.{code}"


@pytest.mark.parametrize("body", ["\x00", "a\x1f", "\ufffe", "\ud800"])
def test_characters_that_sqs_does_not_carry_are_refused(queues, body):
    with pytest.raises(ClientError) as error:
        queues.send(body)
    assert code_of(error) == "InvalidMessageContents"


def test_a_queue_that_is_not_there_is_told(queues):
    with pytest.raises(ClientError) as error:
        queues.receive(queues.url + "-none")
    assert code_of(error) == "AWS.SimpleQueueService.NonExistentQueue"


def test_creating_a_queue_again_with_other_attributes_is_refused(queues):
    assert queues.sqs.create_queue(QueueName="dead")["QueueUrl"] == queues.dead_url
    with pytest.raises(ClientError) as error:
        queues.sqs.create_queue(
            QueueName="dead", Attributes={"VisibilityTimeout": "60"}
        )
    assert code_of(error) == "QueueAlreadyExists"
