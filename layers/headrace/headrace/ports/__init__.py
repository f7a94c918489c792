"""What the stages need of the world, by role, and the bundle that carries it.

Adapters for AWS are in `headrace.aws`; the in-memory ones ship with
`headrace_local`. Both pass the same contract suites.
"""

from __future__ import annotations

from dataclasses import dataclass

from headrace.launches.launch import Placement
from headrace.ports.announcing import Answered, DeadLetters, EventBus, Workflows
from headrace.ports.budget import Backlog, Grant, LaunchBudget
from headrace.ports.definitions import Catalogue, ListedCatalogue
from headrace.ports.parameters import ParameterStore
from headrace.ports.records import (
    REJECTED,
    Acceptance,
    JobPage,
    JobQuery,
    JobStore,
    Sighting,
    StoredRejection,
)
from headrace.ports.surroundings import (
    Clock,
    Ids,
    Signals,
    Waker,
    Workers,
    results,
)
from headrace.ports.tasks import Described, StoppedPage, SweepStore, TaskRunner
from headrace.windows import Windows

__all__ = [
    "REJECTED",
    "Acceptance",
    "Answered",
    "Backlog",
    "Catalogue",
    "Clock",
    "DeadLetters",
    "Described",
    "EventBus",
    "Grant",
    "Ids",
    "JobPage",
    "JobQuery",
    "JobStore",
    "LaunchBudget",
    "ListedCatalogue",
    "ParameterStore",
    "Ports",
    "Sighting",
    "Signals",
    "StoppedPage",
    "StoredRejection",
    "SweepStore",
    "TaskRunner",
    "Waker",
    "Workers",
    "Workflows",
    "results",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything a stage may touch, and the deployment's constants.

    `placement` is that of trusted jobs; untrusted ones have their own, or none. `stage`
    is who moves jobs here; each stage says so of itself.
    """

    jobs: JobStore
    catalogue: Catalogue
    parameters: ParameterStore
    budget: LaunchBudget
    tasks: TaskRunner
    sweeps: SweepStore
    waker: Waker
    bus: EventBus
    workflows: Workflows
    letters: DeadLetters
    clock: Clock
    ids: Ids
    workers: Workers
    signals: Signals
    windows: Windows
    placement: Placement
    untrusted_placement: Placement | None = None
    deployment_id: str
    pinned_tenant: str | None
    retention_days: int
    stage: str = ""
