"""Sending job requests to the request queue. Reads nothing and checks nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from botocore import exceptions as aws

from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import (
    ClientError,
    FateUnknownError,
    NotAllowedError,
    NotConfiguredError,
    NotSentError,
)
from headrace_client.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request that may be sent.

    Attributes:
        body: The message.
        tenant: Whose it is, and the message group.
        job_id: Of the job that it makes or is about.
        idempotency_key: The request's.
        fingerprint: That of the request which made the job, or will.
    """

    body: str
    tenant: str
    job_id: str
    idempotency_key: str
    fingerprint: str

    def sent(self, message_id: str) -> Submission:
        """Return what is known once SQS has taken it."""
        return Submission(
            job_id=self.job_id,
            message_id=message_id,
            idempotency_key=self.idempotency_key,
            fingerprint=self.fingerprint,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Untaken:
    """What SQS said of a message of a batch that it did not take.

    Attributes:
        code: SQS's error code.
        message: SQS's text.
        is_final: The message is at fault; sending it again is no use.
    """

    code: str
    message: str
    is_final: bool


class RequestQueue(Protocol):
    """Where job requests are sent."""

    def send(self, body: str, *, tenant: str) -> str:
        """Send one request and return its message id.

        Raises:
            ClientError: It was not sent, or nobody knows; sending it again is safe.
        """
        ...

    def send_batch(self, requests: Sequence[Outgoing]) -> Sequence[str | Untaken]:
        """Send up to ten requests; return a message id, or why not, for each.

        Raises:
            NotSentError: None of them was sent.
            FateUnknownError: Nobody knows of any of them.
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

    def send_batch(self, requests: Sequence[Outgoing]) -> Sequence[str | Untaken]:
        """See `RequestQueue`.

        A batch is taken in part as a rule, not as an exception: "you should check for
        batch errors even when the call returns an HTTP status code of 200". Source:
        Amazon SQS API Reference, SendMessageBatch.
        """
        entries: list[Any] = [
            {"Id": str(at), "MessageBody": each.body, "MessageGroupId": each.tenant}
            for at, each in enumerate(requests)
        ]
        try:
            with speaking_to_aws("send the requests", endpoint=self.endpoint):
                answer = self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
        except ClientError as error:
            raise _unsent(error) from error
        said: dict[str, str | Untaken] = {
            each["Id"]: each["MessageId"] for each in answer.get("Successful", ())
        }
        for failed in answer.get("Failed", ()):
            said[failed["Id"]] = Untaken(
                code=failed["Code"],
                message=failed.get("Message", ""),
                is_final=failed["SenderFault"],
            )
        return [said.get(entry["Id"], _UNNAMED) for entry in entries]


# SQS answers for every entry; where it did not, nothing can be told.
_UNNAMED = Untaken(
    code="Unnamed", message="SQS's answer does not name it", is_final=True
)
HTTP_SERVER_ERROR = 500


def _unsent(error: ClientError) -> NotSentError | FateUnknownError:
    """Say what a failed call means for what it was to send."""
    is_final = isinstance(error, NotConfiguredError | NotAllowedError)
    cause = error.__cause__
    status = 0
    if isinstance(cause, aws.ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if is_final or 0 < status < HTTP_SERVER_ERROR:
        return NotSentError(error.problem, advice=error.advice, is_final=is_final)
    return FateUnknownError(
        error.problem, advice=f"{error.advice} The same key again is safe."
    )
