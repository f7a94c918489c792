"""Small deterministic stories that together make every API call of every stage.

Nothing is drawn: tasks have the fates that a scenario gives them, and what goes wrong
is scripted. What else goes wrong is the crash points' business.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from headrace_local.ecs import Fate
from headrace_local.simulation import deployment
from headrace_local.simulation.chance import Chance
from headrace_local.simulation.checks import Violation
from headrace_local.simulation.faults import CALM, Fault
from headrace_local.simulation.scripted_faults import Rule, ScriptedFaults
from headrace_local.simulation.traffic import (
    Sending,
    Traffic,
    cancellation_of,
    job_of,
    rerun_of,
)
from headrace_local.simulation.world import World

if TYPE_CHECKING:
    from headrace_local.simulation.releases import Release

SEED = 6
"""Its ECS has no pauses between a task's states, forgets refusals, and refuses to list
by `startedBy` and `desiredStatus` together."""

WELL = Fate(exit_code=0, run_seconds=20)
FAILS = Fate(exit_code=1, run_seconds=5)
FOR_EVER = Fate(run_seconds=None)
STARTS_TOO_LATE = Fate(start_seconds=900, run_seconds=None)
TASKS_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One story.

    Attributes:
        why: Which calls it is there for.
        sendings: What publishers send.
        ends: How each job may end, by idempotency key; the first is how it ends when
            nothing else goes wrong.
        fates: Of the tasks in the order of their making; the last is that of all
            further ones.
        rules: What goes wrong by script.
        settings: Of the deployment, where they differ.
        prepare: What else happens.
        seconds: Until when something is sent or scripted.
        announces: Whether changes are announced; for the others that would be noise.
    """

    name: str
    why: str
    sendings: tuple[Sending, ...]
    ends: Mapping[str, tuple[str, ...]]
    fates: tuple[Fate, ...] = (WELL,)
    rules: tuple[Rule, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[World], None] = lambda _: None
    seconds: float = 5.0
    announces: bool = False

    def world(
        self,
        faults: Mapping[str, Fault] | None = None,
        *,
        release_for: Callable[[str], Release] | None = None,
    ) -> World:
        """Return the scenario's world, in which these faults strike besides."""
        options = {} if release_for is None else {"release_for": release_for}
        world = World(
            Chance(SEED),
            CALM,
            Traffic(self.sendings),
            forced=ScriptedFaults(faults or {}, self.rules),
            settings={**deployment.SETTINGS, **self.settings},
            announces=self.announces,
            **options,  # type: ignore[arg-type] # one option
        )
        last = self.fates[-1]
        world.aws.tasks.runner.forced = [*self.fates, *[last] * TASKS_MAX]
        self.prepare(world)
        return world

    def judge(self, world: World, *, is_calm: bool = False) -> None:
        """Look at how the jobs ended.

        A job whose cancellation was rejected, because it came before the job was
        stored, may end as if nobody had cancelled it.

        Args:
            world: As it came to rest.
            is_calm: Nothing went wrong besides the script.

        Raises:
            Violation: One ended in another way than it may.
        """
        for task in world.aws.tasks.live():
            raise Violation("R1", f"{task.started_by} still runs")
        ended = {job.idempotency_key: job for job in world.jobs.values()}
        for key, allowed in self.ends.items():
            fair = allowed[:1] if is_calm else allowed
            job = ended.get(key)
            if job is None:
                raise Violation("R1", f"{key} is no job")
            if job.status not in fair and job.job_id not in _cancelled_early(world):
                raise Violation(
                    "R1",
                    f"{key} is {job.status} ({job.outcome and job.outcome.summary}),"
                    f" not {' or '.join(fair)}",
                    about=job.job_id,
                )


def request(key: str, name: str = "twice", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return a submission."""
    return {
        "schemaVersion": "1",
        "jobName": name,
        "idempotencyKey": key,
        "tenant": "default",
        "parameters": {"date": "2026-11-22"},
        **fields,
    }


def submit(
    key: str,
    name: str = "twice",
    *,
    at: float = 1.0,
    kind: str = "submit",
    **fields: Any,  # noqa: ANN401 - JSON
) -> Sending:
    """Return the sending of a submission, or of a `duplicate` or `conflict`."""
    body = request(key, name, **fields)
    return Sending(
        at_seconds=at,
        kind=kind,
        body=json.dumps(body),
        job_id=job_of(body),
        tenant=body["tenant"],
    )


def bad(body: Mapping[str, Any] | str, *, at: float = 1.0) -> Sending:
    """Return the sending of a message that is to be rejected."""
    text = body if isinstance(body, str) else json.dumps(body)
    return Sending(at_seconds=at, kind="bad", body=text)


def cancel(key: str, name: str = "twice", *, at: float) -> Sending:
    """Return the sending of a cancellation."""
    job_id = job_of(request(key, name))
    body = cancellation_of(job_id, "default")
    return Sending(at_seconds=at, kind="cancel", body=body, job_id=job_id)


def again(key: str, name: str = "twice", *, at: float) -> Sending:
    """Return the sending of a rerun, whose key begins with `again-`."""
    body = rerun_of(job_of(request(key, name)), "default", key=f"again-{key}")
    job_id = job_of(request(f"again-{key}", name))
    return Sending(at_seconds=at, kind="rerun", body=body, job_id=job_id)


def _cancelled_early(world: World) -> frozenset[str]:
    """Return the jobs whose cancellation came before them."""
    return frozenset(
        sending.job_id
        for message_id, sending in world.traffic.sent.items()
        if sending.kind == "cancel" and world.rejection_reason(message_id) is not None
    )
