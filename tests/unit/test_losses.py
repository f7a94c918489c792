"""Jobs that end, or try again, without a task that says how."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, TASK_ARN, a_job, a_launch
from headrace.definitions.definition import OnUnknown
from headrace.jobs.job import (
    DesiredStatus,
    JobStatus,
    LaunchEntry,
    Outcome,
    ReasonCode,
)
from headrace.jobs.losses import after_loss
from headrace.jobs.moves import Move
from headrace.jobs.refusals import withdrawal
from settlements import AT, a_settler, facts

CANCELLED = Outcome(
    status=JobStatus.CANCELLED,
    reason_code=ReasonCode.CANCELLED_BY_USER,
    summary="The job was cancelled before it ran.",
    advice="Submit it again under a new idempotency key if it is needed.",
    finished_at=AT,
)
EXPIRED = Outcome(
    status=JobStatus.EXPIRED,
    reason_code=ReasonCode.START_LIMIT,
    summary="The job could not start before its start deadline.",
    advice="Look at what it waited for, or allow more startDeadlineSeconds.",
    finished_at=AT,
)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, None),
        ({"desired_status": DesiredStatus.CANCELLED}, CANCELLED),
        ({"start_deadline_at": AT}, EXPIRED),
        ({"start_deadline_at": AT + timedelta(seconds=1)}, None),
    ],
    ids=["wanted", "cancelled", "too late", "in time"],
)
def test_a_job_without_a_task_says_why_it_ends(changes, outcome):
    assert withdrawal(a_job(**changes), facts()) == outcome


def lost(on_unknown, **launch):
    """Return a job that ran into its loss, and what it becomes."""
    job = a_job(
        status=JobStatus.RUNNING,
        start_deadline_at=AT + timedelta(days=1),
        launch=a_launch(task_arn=TASK_ARN, missing_count=3, **launch),
    )
    return after_loss(Move.LOSE, job, facts(), a_settler(), on_unknown=on_unknown)


def test_a_lost_job_says_that_nobody_knows():
    outcome = lost(OnUnknown.LOST).outcome

    assert outcome == Outcome(
        status=JobStatus.LOST,
        reason_code=ReasonCode.LOST,
        summary=(
            "Nobody knows how the job ended: ECS no longer shows its task, and no"
            " state change of it arrived."
        ),
        advice=(
            "Look for the job's own effects and logs; submit it again under a new"
            " idempotency key if running it twice does no harm."
        ),
        finished_at=AT,
    )


@pytest.mark.parametrize(
    ("started_at", "deadline_at"), [(NOW, None), (None, AT + timedelta(days=1))]
)
def test_a_loss_that_may_be_tried_again_is_in_the_history(started_at, deadline_at):
    waiting = lost(OnUnknown.RETRY, started_at=started_at)

    assert (waiting.status, waiting.infrastructure_used) == (JobStatus.RUNNABLE, 1)
    assert waiting.start_deadline_at == deadline_at  # once started, it is met
    assert waiting.history == (
        LaunchEntry(
            attempt=1,
            launch=1,
            intended_at=NOW,
            ended_at=AT,
            reason_code=ReasonCode.LOST,
            detail="Nothing is known of how this launch ended.",
            task_arn=TASK_ARN,
        ),
    )


def test_a_loss_beyond_the_budget_is_a_loss():
    settler = a_settler()
    retry = replace(
        settler.terms,
        retry=settler.terms.retry.model_copy(update={"infrastructure_retries": 0}),
    )
    job = a_job(status=JobStatus.RUNNING, launch=a_launch(missing_count=3))

    ended = after_loss(
        Move.LOSE,
        job,
        facts(),
        replace(settler, terms=retry),
        on_unknown=OnUnknown.RETRY,
    )

    assert ended.status is JobStatus.LOST
