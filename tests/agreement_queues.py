"""Generated sequences of calls of a queue, with time passing between them.

Receipts and message ids differ from client to client: a call names the receive that it
means by its place in the sequence, counted from the latest.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

BODIES = ("a", "b", "x" * 300, "é\U0001f682", "line\nline")
GROUPS = ("acme", "other")

SEND = st.builds(
    lambda body, group: ("send", {"MessageBody": body, "MessageGroupId": group}),
    st.sampled_from(BODIES),
    st.sampled_from(GROUPS),
)
BAD_SEND = st.sampled_from(
    (
        ("send", {"MessageBody": ""}),
        ("send", {"MessageBody": "a", "DelaySeconds": 901}),
        ("send", {"MessageBody": "x" * 1_048_577}),
        ("receive", {"MaxNumberOfMessages": 11}),
        ("receive", {"VisibilityTimeout": 43_201}),
        ("hide", {"back": 0, "VisibilityTimeout": 43_201}),
    )
)
DELAYED = st.builds(
    lambda body: ("send", {"MessageBody": body, "DelaySeconds": 900}),
    st.sampled_from(BODIES),
)
BATCH = st.lists(st.sampled_from(BODIES), min_size=1, max_size=4).map(
    lambda bodies: ("send_batch", {"bodies": bodies})
)
RECEIVE = st.builds(
    lambda most, hidden: ("receive", {"MaxNumberOfMessages": most} | hidden),
    st.integers(1, 10),
    # Hidden for good or not at all: whole sequences take less than a second.
    st.sampled_from(({}, {"VisibilityTimeout": 0}, {"VisibilityTimeout": 600})),
)
DELETE = st.builds(lambda back: ("delete", {"back": back}), st.integers(0, 3))
DELETE_BATCH = st.builds(
    lambda back: ("delete_batch", {"back": back}), st.integers(0, 2)
)
HIDE = st.builds(
    lambda back, seconds: ("hide", {"back": back, "VisibilityTimeout": seconds}),
    st.integers(0, 3),
    st.sampled_from((0, 600)),
)
COUNT = st.just(("count", {}))
DEAD = st.just(("receive_dead", {}))

CALLS = st.lists(
    st.one_of(
        SEND,
        SEND,
        RECEIVE,
        RECEIVE,
        RECEIVE,
        DELETE,
        DELETE_BATCH,
        HIDE,
        BATCH,
        DELAYED,
    )
    | st.one_of(COUNT, DEAD, BAD_SEND),
    min_size=8,
    max_size=20,
)


class QueueCalls:
    """Makes the calls of a sequence on one client, and tells what can be compared.

    Args:
        client: An SQS client.
        name: Of the queue to make.
        policy: Returns the redrive policy for the ARN of the dead-letter queue.
    """

    def __init__(self, client: Any, name: str, policy: Any) -> None:
        self.client = client
        self.dead_url = client.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        told = client.get_queue_attributes(
            QueueUrl=self.dead_url, AttributeNames=["QueueArn"]
        )
        self.dead_arn = told["Attributes"]["QueueArn"]
        attributes = {"VisibilityTimeout": "0", "RedrivePolicy": policy(self.dead_arn)}
        self.url = client.create_queue(QueueName=name, Attributes=attributes)[
            "QueueUrl"
        ]
        self._receipts: list[str] = []
        self._sent: dict[str, int] = {}

    def do(self, kind: str, arguments: dict[str, Any]) -> Any:
        """Make a call; return its answer without ids of the client's own."""
        return getattr(self, f"_{kind}")(**arguments)

    def _send(self, **message: Any) -> Any:
        answer = self.client.send_message(QueueUrl=self.url, **message)
        self._sent[answer["MessageId"]] = len(self._sent)
        return answer["MD5OfMessageBody"]

    def _send_batch(self, bodies: list[str]) -> Any:
        entries = [
            {"Id": f"entry-{index}", "MessageBody": body}
            for index, body in enumerate(bodies)
        ]
        answer = self.client.send_message_batch(QueueUrl=self.url, Entries=entries)
        for each in answer["Successful"]:
            self._sent[each["MessageId"]] = len(self._sent)
        return [(each["Id"], each["MD5OfMessageBody"]) for each in answer["Successful"]]

    def _receive(self, **request: Any) -> Any:
        return self._received(self.url, **request)

    def _receive_dead(self) -> Any:
        return self._received(self.dead_url, MaxNumberOfMessages=10)

    def _received(self, url: str, **request: Any) -> Any:
        answer = self.client.receive_message(
            QueueUrl=url, MessageSystemAttributeNames=["All"], **request
        )
        messages = answer.get("Messages", [])
        if url == self.url:
            self._receipts += [each["ReceiptHandle"] for each in messages]
        return [
            (
                self._sent[each["MessageId"]],
                each["Body"],
                each["MD5OfBody"],
                each["Attributes"]["ApproximateReceiveCount"],
                each["Attributes"].get("MessageGroupId"),
            )
            for each in messages
        ]

    def _receipt(self, back: int) -> str | None:
        return self._receipts[-1 - back] if back < len(self._receipts) else None

    def _delete(self, back: int) -> Any:
        """Delete, and count: a deletion's own answer does not say what it did."""
        receipt = self._receipt(back)
        if receipt is not None:
            self.client.delete_message(QueueUrl=self.url, ReceiptHandle=receipt)
        return self._count()

    def _delete_batch(self, back: int) -> Any:
        receipts = list(dict.fromkeys(self._receipts[-1 - back :]))
        if not receipts:
            return None
        entries = [
            {"Id": str(index), "ReceiptHandle": receipt}
            for index, receipt in enumerate(receipts)
        ]
        answer = self.client.delete_message_batch(QueueUrl=self.url, Entries=entries)
        done = sorted(each["Id"] for each in answer.get("Successful", ()))
        return done, self._count()

    def _hide(self, back: int, **request: Any) -> Any:
        receipt = self._receipt(back)
        if receipt is not None:
            self.client.change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=receipt, **request
            )
        return self._count()

    def _count(self) -> Any:
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        answer = self.client.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=list(names)
        )
        return answer["Attributes"]
