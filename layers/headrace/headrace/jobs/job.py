"""The job: one piece of work that a request asked for, as its record holds it.

Values only; which change of a job is legal is said in `moves.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from headrace.identity import client_token
from headrace.jobs.codes import (
    ACTIVE,
    ENDED_BADLY,
    LAUNCHED,
    TERMINAL,
    WAITING,
    DesiredStatus,
    JobStatus,
    ReasonCode,
    StopCause,
    WaitReason,
)
from headrace.jobs.transitions import Transition

__all__ = [
    "ACTIVE",
    "ENDED_BADLY",
    "HISTORY_ENTRIES_MAX",
    "LAUNCHED",
    "STRAYS_MAX",
    "TERMINAL",
    "WAITING",
    "DesiredStatus",
    "Job",
    "JobStatus",
    "Launch",
    "LaunchEntry",
    "Outcome",
    "ReasonCode",
    "StopCause",
    "WaitReason",
]

HISTORY_ENTRIES_MAX = 20
"""Launches kept on the record; older ones are dropped so that it stays small."""

STRAYS_MAX = 5
"""Reports of launches that were not current, kept on the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a job ended.

    Attributes:
        status: The terminal status.
        reason_code: Why, for programs.
        summary: Why, in one sentence for people.
        advice: Something to try; empty only for a success.
        exit_code: The deciding container's exit code; None where there is none.
        stop_code: ECS's stop code, as ECS wrote it.
        stopped_reason: ECS's text, at most 512 characters.
        finished_at: When the task stopped, or when we decided without one.
    """

    status: JobStatus
    reason_code: ReasonCode
    summary: str
    advice: str
    finished_at: datetime
    exit_code: int | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchEntry:
    """One past launch, kept as evidence for people; it decides nothing."""

    attempt: int
    launch: int
    intended_at: datetime
    ended_at: datetime
    reason_code: ReasonCode
    detail: str
    task_arn: str | None = None
    exit_code: int | None = None
    stop_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """The current launch: one client token, and all that was done with it.

    Attributes:
        intended_at: When the intent was stored, before the first send.
        last_sent_at: Stamped before every send.
        sends: Stamps so far; 1 is the first sender's.
        lease_owner: Who may send now; None once the job has ended.
        lease_until_at: Until when.
        is_refused: A sender that was not the first met a refusal, so that the
            token must not be sent again and its absence has to be proven.
        task_arn: Known once a report or a replay's answer named it.
        last_version: The highest `version` of a task report that was applied.
        started_at: When the task was RUNNING.
        image_digest: `sha256:` and 64 hexadecimal digits: the main container's image.
        was_spot_warned: ECS announced that it takes the capacity away.
        stop_requested_at: When we first asked ECS to stop the task.
        stop_cause: Why we asked.
        missing_count: How often ECS did not know the task, in a row.
        missing_at: When it last did not.
    """

    intended_at: datetime
    last_sent_at: datetime
    sends: int
    lease_owner: str | None
    lease_until_at: datetime | None
    is_refused: bool = False
    task_arn: str | None = None
    last_version: int | None = None
    started_at: datetime | None = None
    image_digest: str | None = None
    was_spot_warned: bool = False
    stop_requested_at: datetime | None = None
    stop_cause: StopCause | None = None
    missing_count: int = 0
    missing_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job's record.

    Attributes:
        job_id: 26 characters, derived from deployment, tenant, name and key.
        fingerprint: SHA-256 of the request, to tell a duplicate from a conflict.
        job_version: The definition's version, pinned at acceptance.
        revision: Rises by one with every write.
        operation_id: Of the last write, so that its writer recognises it.
        sequence: Rises by one with every change of status.
        attempt: Tries that used the job budget, from 1; 0 before the first.
        launch_number: Client tokens used within the attempt, from 1.
        infrastructure_used: Launches paid from the infrastructure budget.
        not_before_at: A waiting job must not start earlier.
        next_at: When reconcile looks at the job; None exactly when terminal.
        is_ready: The job stands in the backlog, in order of priority and age.
        start_deadline_at: The job must be RUNNING by then.
        request_json: The request as accepted, canonical JSON.
        order_json: The frozen RunTask request of the current launch.
        sole_container: The main container, where its exit code alone decides.
        memory_rung: Position on the definition's memory ladder.
        capacity_rung: Position on the list of capacities.
        strays: Reports of launches that were not current, as text.
        transitions: A line for each change of status; the middle ones may be left out.
        cancel_requested_at: When somebody asked for the job to be cancelled.
        cancel_requested_by: Who: `requestedBy` of that request, else its tenant.
        task_tokens: Of the Step Functions tasks that wait for the end, oldest first.
            Capabilities: they are answered, and never shown.
        expires_at: When the record may be deleted; set with the terminal write.
        rerun_of: The id of the job that this one runs again.
    """

    job_id: str
    tenant: str
    job_name: str
    job_version: int
    idempotency_key: str
    fingerprint: str
    status: JobStatus
    revision: int
    operation_id: str
    accepted_at: datetime
    status_at: datetime
    request_json: str
    desired_status: DesiredStatus = DesiredStatus.RUN
    wait_reason: WaitReason | None = None
    sequence: int = 1
    attempt: int = 0
    launch_number: int = 0
    infrastructure_used: int = 0
    not_before_at: datetime | None = None
    next_at: datetime | None = None
    is_ready: bool = False
    start_deadline_at: datetime | None = None
    timeout_seconds: int
    start_timeout_seconds: int
    order_json: str | None = None
    sole_container: str | None = None
    memory_rung: int = 0
    capacity_rung: int = 0
    launch: Launch | None = None
    outcome: Outcome | None = None
    history: tuple[LaunchEntry, ...] = ()
    strays: tuple[str, ...] = ()
    transitions: tuple[Transition, ...] = ()
    cancel_requested_at: datetime | None = None
    cancel_requested_by: str | None = None
    task_tokens: tuple[str, ...] = field(default=(), repr=False)
    correlation_id: str | None = None
    requested_by: str | None = None
    traceparent: str | None = None
    expires_at: datetime | None = None
    rerun_of: str | None = None

    @property
    def image_digest(self) -> str | None:
        """The image that the last launch ran, as ECS told; None where it did not."""
        return self.launch.image_digest if self.launch else None

    @property
    def token(self) -> str:
        """The last launch's client token, its task's `startedBy`; empty before any."""
        if self.launch_number == 0:
            return ""
        return client_token(self.job_id, self.attempt, self.launch_number)
