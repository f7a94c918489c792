"""Sending job requests to the request queue. Reads nothing and checks nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from headrace_client.aws_problems import speaking_to_aws

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class RequestQueue(Protocol):
    """Where job requests are sent."""

    def send(self, body: str, *, tenant: str) -> str:
        """Send one request and return its message id.

        Raises:
            ClientError: It was not sent, or nobody knows; sending it again is safe.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsRequestQueue:
    """The request queue on Amazon SQS.

    Attributes:
        sqs: A low-level client.
        url: The queue's.
        endpoint: Where the client connects, for error messages; None is AWS.
    """

    sqs: SQSClient
    url: str
    endpoint: str | None = None

    def send(self, body: str, *, tenant: str) -> str:
        """Send one request and return its message id.

        The tenant is the message group, by which SQS keeps a standard queue fair: a
        tenant with a long backlog does not delay the others. Source: Amazon SQS
        Developer Guide, "Amazon SQS fair queues".

        Raises:
            ClientError: It was not sent, or nobody knows; sending it again is safe.
        """
        with speaking_to_aws("send the request", endpoint=self.endpoint):
            answer = self.sqs.send_message(
                QueueUrl=self.url, MessageBody=body, MessageGroupId=tenant
            )
        return answer["MessageId"]
