"""What a chaos run sends: every message, and when. The seed decides all of it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headrace.identity import job_id
from headrace_local.chaos.definitions import ONCE, PERSISTENT, TIMEOUT_SECONDS_MAX
from headrace_local.chaos.evidence import MessageKind, Plan

TENANT = "default"
FOREVER_SECONDS = 3000  # longer than any run: only a cancellation or timeout ends it
COPIED_SHARE = 0.15
BAD_SHARE = 0.05
# What part of the jobs is of each sort, and the exit codes of its attempts.
_SHARES: Sequence[tuple[float, str, tuple[int, ...]]] = (
    (0.50, PERSISTENT, (0,)),
    (0.15, ONCE, (0,)),
    (0.12, PERSISTENT, (1, 0)),
    (0.06, PERSISTENT, (1, 1, 0)),
    (0.07, ONCE, (9,)),
)
_CANCELLED_SHARE = 0.06  # the rest overruns its timeout
_BAD_REQUESTS: Sequence[tuple[str, str]] = (
    ("MALFORMED_JSON", '{"schemaVersion": "1", '),
    ("NOT_AN_OBJECT", '["schemaVersion", "1"]'),
    (
        "UNKNOWN_JOB",
        '{"schemaVersion": "1", "jobName": "nobody", "idempotencyKey": "chaos"}',
    ),
    (
        "UNKNOWN_FIELD",
        '{"schemaVersion": "1", "jobName": "x", "idempotencyKey": "x", "retries": 3}',
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One message to send at a moment of the run."""

    after_seconds: float
    kind: MessageKind
    body: str
    job_id: str | None
    reason_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submissions:
    """Everything that is sent, in order, and how each job may end."""

    plans: Sequence[Plan]
    sendings: Sequence[Sending]


def submissions(
    *, seed: int, jobs: int, seconds: float, deployment_id: str
) -> Submissions:
    """Return what to send.

    Args:
        seed: Decides all but the job ids, which are the deployment's.
        jobs: How many jobs to ask for.
        seconds: How long the sending takes.
        deployment_id: Part of every job's id.
    """
    chance = random.Random(f"submissions {seed}")  # noqa: S311 - chance, no secret
    plans: list[Plan] = []
    sendings: list[Sending] = []
    for number in range(jobs):
        name, plan, parameters = _job(chance, number, deployment_id)
        at = chance.uniform(0, seconds)
        body = {
            "schemaVersion": "1",
            "jobName": name,
            "idempotencyKey": f"chaos-{number}",
            "parameters": parameters,
            **({"timeoutSeconds": 2} if plan.is_timed_out else {}),
            **({"timeoutSeconds": TIMEOUT_SECONDS_MAX} if plan.is_cancelled else {}),
        }
        plans.append(plan)
        sendings += _sendings(chance, at, json.dumps(body), plan)
    for _ in range(round(jobs * BAD_SHARE)):
        reason_code, text = chance.choice(_BAD_REQUESTS)
        sendings.append(
            Sending(
                after_seconds=chance.uniform(0, seconds),
                kind=MessageKind.BAD,
                body=text,
                job_id=None,
                reason_code=reason_code,
            )
        )
    return Submissions(
        plans=plans, sendings=sorted(sendings, key=lambda each: each.after_seconds)
    )


def _job(
    chance: random.Random, number: int, deployment_id: str
) -> tuple[str, Plan, dict[str, object]]:
    """Draw a job: its definition's name, its plan, its parameters."""
    drawn = chance.random()
    name, is_endless = ONCE, True
    codes: tuple[int, ...] = (0,)
    for share, each_name, each_codes in _SHARES:
        if drawn < share:
            name, codes, is_endless = each_name, each_codes, False
            break
        drawn -= share
    plan = Plan(
        job_id=job_id(
            deployment_id=deployment_id,
            tenant=TENANT,
            job_name=name,
            idempotency_key=f"chaos-{number}",
        ),
        codes=codes,
        is_cancelled=is_endless and drawn < _CANCELLED_SHARE,
        is_timed_out=is_endless and drawn >= _CANCELLED_SHARE,
    )
    seconds = FOREVER_SECONDS if is_endless else round(chance.uniform(0.2, 5), 1)
    return name, plan, {"seconds": seconds, "codes": list(codes)}


def _sendings(
    chance: random.Random, at: float, body: str, plan: Plan
) -> Iterator[Sending]:
    """Yield a job's messages: its request, perhaps that again, perhaps its end."""
    yield Sending(
        after_seconds=at, kind=MessageKind.SUBMIT, body=body, job_id=plan.job_id
    )
    if chance.random() < COPIED_SHARE:
        yield Sending(
            after_seconds=at + chance.choice((0, chance.uniform(0, 20))),
            kind=MessageKind.COPY,
            body=body,
            job_id=plan.job_id,
        )
    if plan.is_cancelled:
        cancellation = {
            "schemaVersion": "1",
            "type": "cancel",
            "jobId": plan.job_id,
            "idempotencyKey": f"cancel-{plan.job_id}",
        }
        yield Sending(
            after_seconds=at + chance.uniform(3, 10),
            kind=MessageKind.CANCEL,
            body=json.dumps(cancellation),
            job_id=plan.job_id,
        )
