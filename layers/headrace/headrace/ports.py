"""What the stages need of the world, by role, and the bundle that carries it.

Adapters for AWS are in `headrace.aws`; the in-memory ones ship with
`headrace_local`. Both pass the same contract suites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from headrace.definition import RegisteredDefinition
from headrace.job import Job, JobStatus
from headrace.launch import LaunchAnswer, LaunchOrder, Placement
from headrace.rejection import Rejection
from headrace.sweep import Sweep
from headrace.task import TaskReport
from headrace.windows import Windows


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The record that stands after `JobStore.accept`.

    `is_new` is False where another delivery or another request came first.
    """

    job: Job
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A report that may be written without reading the record.

    Attributes:
        job_id: With attempt and launch_number, whom it concerns.
        version: The report's; must be above the one applied last.
        status: RUNNING, or SUCCEEDED for a lone main container that exited 0.
        container: The lone container's name, for SUCCEEDED.
        finished_at: For SUCCEEDED.
        stop_code: For SUCCEEDED, as ECS wrote it.
        stopped_reason: For SUCCEEDED, as ECS wrote it.
        seen_at: The recorder's clock.
        expires_at: When the record may be deleted, for SUCCEEDED.
    """

    job_id: str
    attempt: int
    launch_number: int
    version: int
    status: JobStatus
    task_arn: str
    seen_at: datetime
    operation_id: str
    started_at: datetime | None = None
    container: str | None = None
    finished_at: datetime | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredRejection:
    """A rejection and the message that it answers."""

    message_id: str
    rejected_at: datetime
    rejection: Rejection


@dataclass(frozen=True, slots=True, kw_only=True)
class JobQuery:
    """Which records to list, newest first.

    `job_name` None lists the tenant's jobs and its rejections.
    """

    tenant: str
    job_name: str | None = None
    since_at: datetime | None = None
    until_at: datetime | None = None
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of a listing; `cursor` None on the last."""

    entries: Sequence[Job | StoredRejection]
    cursor: str | None


class JobStore(Protocol):
    """The job records: one item each, every write conditional.

    All methods may raise `StoreBusy` (nothing is known of the write's fate; the
    same operation id makes a second try safe).
    """

    def accept(self, job: Job, *, expires_at: datetime | None = None) -> Acceptance:
        """Store a new job unless its id exists; return what stands."""
        ...

    def get(self, job_id: str) -> Job | None:
        """Return the record as it is now (a consistent read)."""
        ...

    def replace(self, before: Job, after: Job) -> None:
        """Store `after` if the record still is `before` (revision and status).

        A write of ours that had succeeded unseen is recognised by its operation id.

        Raises:
            JobMoved: It is not; `current` is what stands, or None.
        """
        ...

    def note(self, sighting: Sighting) -> None:
        """Apply a report without reading the record.

        RUNNING needs status STARTING; SUCCEEDED needs STARTING or RUNNING and
        `sole_container` equal to the sighting's; both need the same attempt and
        launch, and a higher version than the one applied last.

        Raises:
            JobMoved: The guard failed; `current` is what stands, or None.
        """
        ...

    def due(self, *, until_at: datetime, limit: int) -> Sequence[str]:
        """Return ids of jobs whose `next_at` has come, earliest first by shard.

        The index may lag: a returned job may have moved on.
        """
        ...

    def ready(self, tenant: str, *, limit: int) -> Sequence[str]:
        """Return ids of the tenant's backlog, oldest first; may lag."""
        ...

    def reject(self, stored: StoredRejection, *, expires_at: datetime) -> None:
        """Store a rejection; storing the same message's again changes nothing."""
        ...

    def rejection(self, message_id: str) -> StoredRejection | None:
        """Return the rejection of a message."""
        ...

    def page(self, query: JobQuery) -> JobPage:
        """List records, newest first."""
        ...


class Catalogue(Protocol):
    """The registered job definitions: immutable, numbered versions."""

    def active(self, names: Sequence[str]) -> Mapping[str, RegisteredDefinition]:
        """Return the active version of each name that has one."""
        ...

    def version(self, name: str, version: int) -> RegisteredDefinition | None:
        """Return one version; adapters may keep it for ever, it never changes."""
        ...

    def register(self, registered: RegisteredDefinition) -> None:
        """Store a new version and make it the active one, both or neither.

        Raises:
            DefinitionMoved: Its version is not the next after the highest one.
        """
        ...

    def activate(self, name: str, version: int) -> None:
        """Make an existing version the active one.

        Raises:
            RecordMissing: There is no such version.
        """
        ...


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the launch budget's item says of waiting work.

    Attributes:
        until_at: Until when dispatch leaves launching to reconcile; None or past
            where there is no backlog.
        tenants: Tenants that had jobs in the backlog; may name one too many.
        revision: Rises with every `LaunchBudget.enlist`, so that `dismiss` can tell
            that somebody joined since this was read.
    """

    until_at: datetime | None
    tenants: frozenset[str]
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """An answer to a reservation: how many launches, and the backlog's state."""

    launches: int
    backlog: Backlog


class LaunchBudget(Protocol):
    """Launches per second, shared by all invocations, and the backlog's flag."""

    def reserve(self, wanted: int, *, now: datetime) -> Grant:
        """Take up to `wanted` launches from the bucket; they are not given back.

        `wanted` 0 only reads the backlog's state.
        """
        ...

    def hold(self, until_at: datetime) -> None:
        """Let dispatch leave launching to reconcile until then.

        The last call counts, so that a hold can be ended early.
        """
        ...

    def enlist(self, tenants: frozenset[str]) -> None:
        """Name tenants whose jobs join the backlog, before they join it."""
        ...

    def dismiss(self, tenant: str, *, seen: Backlog) -> None:
        """Forget a tenant unless anybody was enlisted since `seen` was read."""
        ...


@dataclass(frozen=True, slots=True)
class Described:
    """Reports of the tasks that ECS knows, and the ARNs that it does not."""

    reports: Sequence[TaskReport]
    missing: frozenset[str]


@dataclass(frozen=True, slots=True)
class StoppedPage:
    """Some of a family's stopped tasks; `cursor` None on the last page."""

    reports: Sequence[TaskReport]
    cursor: str | None


class TaskRunner(Protocol):
    """ECS, as far as launches go. It never retries RunTask by itself."""

    def run(self, order: LaunchOrder) -> LaunchAnswer:
        """Send an order once and say what the answer means."""
        ...

    def stop(self, task_arn: str, *, reason: str) -> None:
        """Ask ECS to stop a task; a task that is gone already is no error.

        Raises:
            TryLater: ECS did not take the call.
        """
        ...

    def describe(self, task_arns: Sequence[str]) -> Described:
        """Describe any number of tasks.

        Raises:
            TryLater: ECS did not answer for all of them.
        """
        ...

    def find_running(self, started_by: str) -> Sequence[TaskReport]:
        """Return the tasks of a launch whose desired status is RUNNING.

        Raises:
            TryLater: ECS did not answer.
        """
        ...

    def stopped_page(self, family: str, *, cursor: str | None) -> StoppedPage:
        """Return a page of a family's stopped tasks that ECS still shows.

        `cursor` None is the first page; else it is the one before's.

        Raises:
            TryLater: ECS did not answer for the whole page.
        """
        ...


class SweepStore(Protocol):
    """Keeps sweeps that one invocation could not finish."""

    def load(self, family: str) -> Sweep | None:
        """Return the family's unfinished sweep, if there is one."""
        ...

    def save(self, sweep: Sweep) -> None:
        """Keep a sweep's progress; a complete one is not unfinished any more."""
        ...


class Waker(Protocol):
    """Starts reconcile before its minute is over."""

    def wake(self, *, stray_task_arns: Sequence[str] = ()) -> None:
        """Invoke reconcile once, asynchronously; lost calls only cost time."""
        ...


class Clock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Return the aware UTC time."""
        ...

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Ids(Protocol):
    """Randomness, so that a simulation can give its own."""

    def operation_id(self) -> str:
        """Return an id that no other write has."""
        ...

    def fraction(self) -> float:
        """Return a random number in [0, 1), for jitter."""
        ...

    def traceparent(self) -> str:
        """Return the W3C header of a new trace."""
        ...


class Signals(Protocol):
    """What operators see: a stable event name with fields."""

    def emit(self, event: str, **fields: object) -> None:
        """Log an event and count it where it is a metric."""
        ...

    def flush(self) -> None:
        """Publish the counts of an invocation; called once at its end."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything a stage may touch, and the deployment's constants."""

    jobs: JobStore
    catalogue: Catalogue
    budget: LaunchBudget
    tasks: TaskRunner
    sweeps: SweepStore
    waker: Waker
    clock: Clock
    ids: Ids
    signals: Signals
    windows: Windows
    placement: Placement
    deployment_id: str
    pinned_tenant: str | None
    retention_days: int
