"""What Step Functions tasks are told that wait for a job's end. Pure.

A token is answered by the write that ends its job, or by the write that adds it to a
job that has ended. So each token has one such write, whatever is delivered twice.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from headrace.announcements.event import full_detail
from headrace.jobs.job import Job, JobStatus, Outcome
from headrace.requests.rejection import Rejection

ERROR_CHARACTERS_MAX = 256
CAUSE_CHARACTERS_MAX = 32_768
"""AWS Step Functions API Reference, SendTaskFailure; SendTaskSuccess takes 262,144
bytes of output, which no event of ours comes near."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenAnswer:
    """What one token is answered with: a success's output, or a failure.

    Attributes:
        about: The job's id, or the message's of a rejection.
        token: Never shown.
        output: JSON; None for a failure.
        error: The reason code of a failure.
        cause: For people: what happened, and something to try.
    """

    about: str
    token: str = field(repr=False)
    output: str | None = None
    error: str = ""
    cause: str = ""


def answers_of(before: Job | None, after: Job) -> list[TokenAnswer]:
    """Return the answers that a write of a job calls for."""
    if after.outcome is None:
        return []
    had_ended = before is not None and before.status.is_terminal
    answered = before.task_tokens if before is not None and had_ended else ()
    return [
        _answer(after, after.outcome, token)
        for token in after.task_tokens
        if token not in answered
    ]


def answer_of_rejection(message_id: str, rejection: Rejection) -> list[TokenAnswer]:
    """Return the answer to who waits for the end of a job that will not be."""
    if rejection.task_token is None:
        return []
    return [
        TokenAnswer(
            about=message_id,
            token=rejection.task_token,
            error=rejection.reason.value[:ERROR_CHARACTERS_MAX],
            cause=_cut(f"Message {message_id} was rejected: {rejection.message}"),
        )
    ]


def _answer(job: Job, outcome: Outcome, token: str) -> TokenAnswer:
    if job.status is JobStatus.SUCCEEDED:
        output = json.dumps(full_detail(job, previous=None), separators=(",", ":"))
        return TokenAnswer(about=job.job_id, token=token, output=output)
    said = f"Job {job.job_id} ended as {job.status}: {outcome.summary} {outcome.advice}"
    return TokenAnswer(
        about=job.job_id,
        token=token,
        error=outcome.reason_code.value[:ERROR_CHARACTERS_MAX],
        cause=_cut(said.strip()),
    )


def _cut(text: str) -> str:
    return text[:CAUSE_CHARACTERS_MAX]
