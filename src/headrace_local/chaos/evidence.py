"""What a chaos run gathered, as values. It judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

TERMINAL = frozenset(
    {"SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "EXPIRED", "LOST"}
)


class MessageKind(StrEnum):
    """What a message asks for."""

    SUBMIT = "submit"
    COPY = "copy"  # the same body once more
    CANCEL = "cancel"
    BAD = "bad"  # a request that must be rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a job may end besides succeeding or failing by its own exit code."""

    job_id: str
    codes: tuple[int, ...]
    is_cancelled: bool = False
    is_timed_out: bool = False

    def code_of(self, attempt: int) -> int:
        """Return the exit code that an attempt has, if it is let live."""
        return self.codes[min(attempt, len(self.codes)) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message that was sent, with every id it had: a redrive gives it another."""

    kind: MessageKind
    ids: tuple[str, ...]
    job_id: str | None
    reason_code: str | None = None  # of the rejection that it must get


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job's record as the table has it in the end."""

    job_id: str
    status: str
    reason_code: str | None
    exit_code: int | None
    attempt: int
    launch: int

    @property
    def token(self) -> str:
        """The client token, and so the `startedBy`, of its last launch."""
        return f"{self.job_id}-{self.attempt}-{self.launch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as the local ECS last showed it; moments are epoch seconds."""

    task_id: str
    started_by: str
    created_at: float
    stopped_at: float | None
    stop_code: str | None
    exit_code: int | None

    @property
    def job_id(self) -> str:
        """The job that it ran for."""
        return self.started_by.partition("-")[0]

    @property
    def has_succeeded(self) -> bool:
        """Whether it ended by itself with exit code 0."""
        return self.exit_code == 0 and self.stop_code == "EssentialContainerExited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One line of a task's own witness: `begin`, `end` or `overlap`."""

    what: str
    job_id: str
    attempt: int
    task_id: str
    code: int | None
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that was gathered, when nothing moved any more.

    Attributes:
        plans: How each job that was asked for may end.
        messages: Every message that was sent to the request queue.
        jobs: Every job record in the table.
        rejections: Reason codes of the stored rejections, by message id.
        tasks: Every task that the local ECS showed at any time.
        signs: What the tasks wrote, oldest first.
        killed_tasks: The ids of the tasks whose process was killed.
        changed_ends: Jobs that were seen terminal and something else later, with both.
        messages_left: How many messages each queue still has, dead letters included.
    """

    plans: Sequence[Plan]
    messages: Sequence[Message]
    jobs: Sequence[Job]
    rejections: Mapping[str, str]
    tasks: Sequence[Task]
    signs: Sequence[Sign]
    killed_tasks: frozenset[str]
    changed_ends: Sequence[str]
    messages_left: Mapping[str, int]
