"""What dispatch may find a message to be. Values."""

from __future__ import annotations

from dataclasses import dataclass

from headrace.errors import InvalidRequest
from headrace.jobs.job import Job
from headrace.launches.parameter_objects import ParameterObject
from headrace.requests.request import CancelRequest, SubmitRequest
from headrace.stages.launching import Entry


@dataclass(frozen=True, slots=True)
class Submission:
    """A message that may become a job: the job as it would wait, not yet stored.

    `to_keep` are its parameters where they have to be in S3 before the job is stored.
    """

    message_id: str
    job: Job
    entry: Entry
    to_keep: ParameterObject | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A message that cancels a job."""

    message_id: str
    request: CancelRequest


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that asks for what is not allowed.

    `request` is what it asks for, where that much could be read: the same request
    may have been accepted when it was still allowed.
    """

    message_id: str
    error: InvalidRequest
    request: SubmitRequest | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A message that could not be read by no fault of its own."""

    message_id: str
    error: Exception


type Reading = Submission | Cancellation | Refusal | Trouble
