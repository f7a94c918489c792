"""The closed lists of words that a job's record uses. Values only."""

from __future__ import annotations

from enum import StrEnum


class JobStatus(StrEnum):
    """Where a job is. AWS Batch's words where it has one."""

    PENDING = "PENDING"
    RUNNABLE = "RUNNABLE"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    LOST = "LOST"

    @property
    def is_terminal(self) -> bool:
        """Whether the job has ended. A terminal status never changes."""
        return self in TERMINAL


WAITING = frozenset({JobStatus.PENDING, JobStatus.RUNNABLE})
LAUNCHED = frozenset({JobStatus.STARTING, JobStatus.RUNNING})
ACTIVE = WAITING | LAUNCHED
TERMINAL = frozenset(JobStatus) - ACTIVE
ENDED_BADLY = TERMINAL - {JobStatus.SUCCEEDED}


class DesiredStatus(StrEnum):
    """What the job's owner wants, apart from where the job is."""

    RUN = "RUN"
    CANCELLED = "CANCELLED"


class WaitReason(StrEnum):
    """Why a waiting job waits."""

    SCHEDULED = "SCHEDULED"
    DEPENDENCY = "DEPENDENCY"
    JOB_LIMIT = "JOB_LIMIT"
    TENANT_LIMIT = "TENANT_LIMIT"
    KEY_LIMIT = "KEY_LIMIT"
    LAUNCH_BUDGET = "LAUNCH_BUDGET"
    CAPACITY = "CAPACITY"
    BACKOFF = "BACKOFF"
    HELD = "HELD"


class ReasonCode(StrEnum):
    """Why a job ended as it did."""

    OK = "OK"
    EXIT_CODE = "EXIT_CODE"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    IMAGE_PULL = "IMAGE_PULL"
    CAPACITY = "CAPACITY"
    THROTTLED = "THROTTLED"
    SPOT_INTERRUPTION = "SPOT_INTERRUPTION"
    INFRASTRUCTURE = "INFRASTRUCTURE"
    INVALID_REQUEST = "INVALID_REQUEST"
    RUNTIME_LIMIT = "RUNTIME_LIMIT"
    START_LIMIT = "START_LIMIT"
    STALLED = "STALLED"
    CANCELLED_BY_USER = "CANCELLED_BY_USER"
    CANCELLED_BY_POLICY = "CANCELLED_BY_POLICY"
    DEPENDENCY_FAILED = "DEPENDENCY_FAILED"
    STOPPED_EXTERNALLY = "STOPPED_EXTERNALLY"
    LAUNCH_REJECTED = "LAUNCH_REJECTED"
    NO_EXIT_CODE = "NO_EXIT_CODE"
    LOST = "LOST"


class StopCause(StrEnum):
    """Why we asked ECS to stop a task; recorded before the call is made."""

    CANCEL = "CANCEL"
    RUN_TIMEOUT = "RUN_TIMEOUT"
    START_TIMEOUT = "START_TIMEOUT"
    START_DEADLINE = "START_DEADLINE"
