"""However a launch's state changes come, the job is what a fold by version says.

The fold below is all that the record may depend on: which task is the launch's, its
stop, and whether a Spot warning counted before it. A failure names its seed, and
`check(World(...), seed)` is that sequence again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

import pytest

from builders import CLUSTER_ARN, a_job, a_launch, a_launch_entry
from event_sequences import (
    STOPPED_AT,
    Event,
    Tale,
    Verdict,
    arrivals,
    of_others,
    started_at,
    tale,
)
from function_handlers import Context, handler_of, queue_event
from headrace.jobs.job import Job, JobStatus, ReasonCode
from world import World

SEQUENCES = 10_000
BLOCKS = 20
RECORD = handler_of("record")
BY_RULE = {
    "retryStrategy": {"attempts": 3, "rules": [{"onExitCode": "1", "action": "RETRY"}]}
}
RUNNING_AT = datetime.fromisoformat(started_at())


class InTurn:
    """Workers that do one step after another, so that a sequence is repeatable."""

    def run[R](
        self, steps: Iterable[Callable[[], R]], *, at_once_max: int
    ) -> list[Future[R]]:
        ended = []
        for step in steps:
            future: Future[R] = Future()
            try:
                future.set_result(step())
            except Exception as error:  # noqa: BLE001 - the stage's to judge
                future.set_exception(error)
            ended.append(future)
        return ended


# -- The reference -----------------------------------------------------------------


@dataclass
class Fold:
    """What the events of a launch add up to.

    `seen` are tasks of earlier launches whose end the record has; `by_rule` says that
    the definition retries exit code 1.
    """

    token: str
    seen: frozenset[str]
    by_rule: bool
    owner: str | None = None
    version: int = 0
    heard: list[Event] = field(default_factory=list)
    stop: Event | None = None
    strays: set[str] = field(default_factory=set)

    def take(self, batch: Sequence[Event]) -> None:
        """Add a batch; the events of each task count together."""
        for task_arn in dict.fromkeys(event.task_arn for event in batch):
            events = [event for event in batch if event.task_arn == task_arn]
            self._take_task(task_arn, events)

    def _take_task(self, task_arn: str, events: list[Event]) -> None:
        news = [event for event in events if event.is_running or event.fate]
        is_ours = events[0].detail["startedBy"] == self.token
        if is_ours and self.owner is None and self.stop is None and news:
            self.owner = task_arn
        if not is_ours or task_arn != self.owner:
            self._note(task_arn, events)
        else:
            self._hear(news)

    def _hear(self, events: list[Event]) -> None:
        """An event counts if it brings news and is newer than the last that did.

        That the task runs is no news beside something newer of the same batch.
        """
        newest = max((event.version for event in events), default=0)
        for event in sorted(events, key=lambda event: event.version):
            is_news = event.fate or not self.heard or event.is_warning > self.is_warned
            lives = event.is_running and not event.is_warning
            is_dated = event.version <= self.version or (
                lives and event.version < newest
            )
            if self.stop is None and is_news and not is_dated:
                self.version = event.version
                self.heard.append(event)
                self.stop = event if event.fate else None

    def _note(self, task_arn: str, events: list[Event]) -> None:
        """Tasks that are not the launch's are noted while the job is active.

        News is that one lives, if nothing newer came with it, or that one did the work.
        """
        if task_arn in self.seen or self.status.is_terminal:
            return
        newest = max(event.version for event in events)
        for event in events:
            lives = event.is_running and not event.is_warning
            if is_work_done(event) or (lives and event.version == newest):
                status = event.detail["lastStatus"]
                self.strays.add(f"{event.detail['startedBy']} {task_arn} {status}")

    @property
    def is_warned(self) -> bool:
        return any(event.is_warning for event in self.heard)

    @property
    def verdict(self) -> Verdict:
        if self.stop is not None and self.stop.fate is not None:
            fate = self.stop.fate
            return fate.if_warned if self.is_warned else fate.verdict
        status = JobStatus.RUNNING if self.heard else JobStatus.STARTING
        return Verdict(status, ReasonCode.OK, None)

    @property
    def is_retried_by_rule(self) -> bool:
        told = self.verdict
        return self.by_rule and (told.reason_code, told.exit_code) == (
            ReasonCode.EXIT_CODE,
            1,
        )

    @property
    def status(self) -> JobStatus:
        return JobStatus.RUNNABLE if self.is_retried_by_rule else self.verdict.status


def is_work_done(event: Event) -> bool:
    """Whether containers ended by themselves, there was one, and all exited with 0."""
    stop = event.fate.stop if event.fate else {}
    codes = [each.get("exitCode") for each in stop.get("containers", [])]
    are_zero = [type(code) is int and code == 0 for code in codes]
    by_itself = stop.get("stopCode") == "EssentialContainerExited"
    return by_itself and bool(codes) and all(are_zero)


# -- The sequences -----------------------------------------------------------------


def a_launched_job(random: Random, seed: int) -> Job:
    """Return a job whose launch was sent; some had launches before."""
    launches = random.randint(1, 3)
    history = tuple(
        a_launch_entry(
            launch=launch,
            reason_code=random.choice([ReasonCode.SPOT_INTERRUPTION, ReasonCode.LOST]),
            task_arn=arn(seed, launch),
        )
        for launch in range(1, launches)
    )
    return a_job(
        status=JobStatus.STARTING,
        job_name=random.choice(["report", "by-rule"]),
        idempotency_key=f"sequence-{seed}",
        operation_id=f"accepted-{seed}",  # of no other write
        launch_number=launches,
        launch=a_launch(),
        history=history,
        infrastructure_used=launches - 1,
        sole_container=random.choice(["main", None]),
    )


def arn(seed: int, task: int) -> str:
    return CLUSTER_ARN.replace(":cluster/", ":task/") + f"/{seed:016x}{task:016x}"


def tales_of(random: Random, job: Job, seed: int) -> list[Tale]:
    """Return the tales of the launch's task, and of tasks that should not be."""
    tales = [tale(random, arn(seed, job.launch_number), job.token)]
    for entry in job.history:
        if entry.task_arn and random.random() < 0.5:
            started_by = f"{job.job_id}-{entry.attempt}-{entry.launch}"
            tales.append(tale(random, entry.task_arn, started_by))
    if random.random() < 0.2:
        tales.append(tale(random, arn(seed, 9), job.token))
    return tales


def deliver(world: World, random: Random, batch: Sequence[Event], name: str) -> None:
    """Deliver a batch, with unreadable and foreign events now and then."""
    bodies = [(f"{name}-{n}", each.body(random)) for n, each in enumerate(batch)]
    refused = []
    if random.random() < 0.1:
        others = of_others(batch[0])
        bodies += [(f"{name}-o{n}", each.body(random)) for n, each in enumerate(others)]
    if random.random() < 0.1:
        refused = [f"{name}-unreadable"]
        unreadable = random.choice(
            ["{", "[]", bodies[0][1].replace('"version"', '"v"')]
        )
        bodies.insert(0, (refused[0], unreadable))
    answer = RECORD(
        queue_event("headrace-task-events", bodies), Context(), ports=world.ports
    )
    assert answer == {
        "batchItemFailures": [{"itemIdentifier": each} for each in refused]
    }


def problems_of(job: Job, before: Job, fold: Fold) -> dict[str, object]:
    """Return what differs between a job and what the fold says of it."""
    told = fold.verdict
    launch, outcome = job.launch, job.outcome
    expected, attempts = fold.status, 2 if fold.is_retried_by_rule else 1
    pairs: dict[str, tuple[object, object]] = {
        "status": (job.status, expected),
        "attempt": (job.attempt, attempts),
        "strays": (set(job.strays), fold.strays),
        "timer": (job.next_at is None, expected.is_terminal),
    }
    if expected.is_terminal and outcome is not None:
        found = Verdict(outcome.status, outcome.reason_code, outcome.exit_code)
        pairs["outcome"] = (found, told)
        pairs["finished"] = (outcome.finished_at, STOPPED_AT)
    if expected is JobStatus.RUNNABLE:
        (*_, entry) = job.history
        found = Verdict(JobStatus.RUNNABLE, entry.reason_code, entry.exit_code)
        pairs["entry"] = (found, replace(told, status=JobStatus.RUNNABLE))
        pairs["launches"] = (len(job.history), len(before.history) + 1)
        pairs["task"] = (entry.task_arn, fold.owner)
        paid = before.infrastructure_used + (attempts == 1)
        pairs["paid"] = (job.infrastructure_used, paid)
        pairs["launch"] = (launch, None)
    elif launch is not None:
        ran = any("startedAt" in event.detail for event in fold.heard)
        pairs["started"] = (launch.started_at, RUNNING_AT if ran else None)
        pairs["task"] = (launch.task_arn, fold.owner)
        pairs["warned"] = (launch.was_spot_warned, fold.is_warned)
        pairs["version"] = (launch.last_version, fold.version or None)
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def check(world: World, seed: int) -> None:
    """Deliver one sequence, compare, deliver it all again, and compare again."""
    random = Random(f"sequence:{seed}")  # noqa: S311 - repeatable is the point
    before = a_launched_job(random, seed)
    world.jobs.accept(before)
    tales = tales_of(random, before, seed)
    batches = arrivals(random, tales, drops_ends=seed % 2 == 1)
    seen = frozenset(
        entry.task_arn
        for entry in before.history
        if entry.task_arn and entry.reason_code is not ReasonCode.LOST
    )
    fold = Fold(before.token, seen, by_rule=before.job_name == "by-rule")
    for number, batch in enumerate(batches):
        deliver(world, random, batch, f"{seed}-{number}")
        fold.take(batch)
    job = world.jobs.get(before.job_id)
    assert job is not None
    assert problems_of(job, before, fold) == {}, f"seed {seed}: {batches}"
    if job.status.is_terminal:
        random.shuffle(batches)
        for number, batch in enumerate(batches):
            deliver(world, random, batch, f"{seed}-late-{number}")
        assert world.jobs.get(before.job_id) == job, f"seed {seed}: {batches}"


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_job_is_what_a_fold_of_its_events_by_version_says(block: int) -> None:
    world = World()
    world.ports = replace(world.ports, workers=InTurn())
    world.register_also(
        world.definitions.active(["report"])["report"].definition.to_wire()
        | {"name": "by-rule"}
        | BY_RULE
    )
    count = SEQUENCES // BLOCKS

    for seed in range(block * count, (block + 1) * count):
        check(world, seed)

    assert len(world.jobs.jobs()) == count
