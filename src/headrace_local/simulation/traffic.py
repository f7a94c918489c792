"""What publishers and operators do in one schedule: the requests, and when."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from headrace.identity import job_id
from headrace_local.simulation import deployment
from headrace_local.simulation.loop import START_AT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from headrace_local.simulation.chance import Chance
    from headrace_local.simulation.loop import Loop
    from headrace_local.simulation.trace import Trace

TENANTS = ("default", "acme", "zeta")
SENT_WITHIN_SECONDS = 400.0
LARGE_SHARE = 0.12
"""Of the seeds, those in which one more job has parameters that S3 has to carry."""

WAITED_SHARE = 0.3
SECRET = "AKIA" + "SIMULATED0SECRET"[:16]
"""Looks like an access key id, so that it must appear nowhere."""

BAD_BODIES = (
    "{",
    "[]",
    '{"schemaVersion": "9"}',
    '{"schemaVersion": "1", "jobName": "nobody", "idempotencyKey": "x"}',
    json.dumps(
        {
            "schemaVersion": "1",
            "jobName": "once",
            "idempotencyKey": "bad-secret",
            "parameters": {"date": SECRET},
        }
    ),
    json.dumps(
        {
            "schemaVersion": "1",
            "jobName": "once",
            "idempotencyKey": "bad-field",
            "parameters": {"date": "today"},
            "image": "evil",
        }
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One message that a publisher sends.

    Attributes:
        kind: `submit`, `duplicate`, `conflict`, `cancel`, `rerun` or `bad`.
        job_id: The job that it speaks of; empty for a bad one.
    """

    at_seconds: float
    kind: str
    body: str
    job_id: str = ""
    tenant: str = "default"

    @property
    def token(self) -> str:
        """The token of the task that waits for the end; empty where none does."""
        return self.body.partition('"taskToken": "')[2].partition('"')[0]


@dataclass(slots=True)
class Traffic:
    """All sendings of a schedule, and the message ids they got.

    Attributes:
        sent: By the id that the queue has it under, or had it last.
        named: By every id that it was ever delivered under.
    """

    sendings: Sequence[Sending]
    sent: dict[str, Sending] = field(default_factory=dict)
    named: dict[str, Sending] = field(default_factory=dict)

    def schedule(self, loop: Loop, trace: Trace, send: Callable[[str], str]) -> None:
        """Let each message be sent at its moment."""
        for sending in self.sendings:
            loop.after(sending.at_seconds, partial(self._send, sending, trace, send))

    def resend(self, old_id: str, new_id: str) -> None:
        """Take in that a message has a new id: its dead letter was moved back."""
        sending = self.sent.pop(old_id, None)
        if sending is not None:
            self.sent[new_id] = self.named[new_id] = sending

    @property
    def job_ids(self) -> frozenset[str]:
        """The jobs that were validly asked for."""
        return frozenset(s.job_id for s in self.sendings if s.kind == "submit")

    def has_reruns_after(self, at_seconds: float) -> bool:
        """Whether a rerun is yet to be sent, which may make another job."""
        return any(
            s.kind == "rerun" and s.at_seconds >= at_seconds for s in self.sendings
        )

    def _send(self, sending: Sending, trace: Trace, send: Callable[[str], str]) -> None:
        message_id = send(sending.body)
        self.sent[message_id] = self.named[message_id] = sending
        about = f" of job {sending.job_id}" if sending.job_id else ""
        trace.tell("publisher", f"sends {message_id}: {sending.kind}{about}")


def drawn_traffic(chance: Chance, *, jobs_max: int = 4) -> Traffic:
    """Return what a seed's publishers do."""
    sendings: list[Sending] = []
    for number in range(1 + int(chance.at("traffic/jobs") * jobs_max)):
        sendings += _job(chance, f"traffic/job-{number}", number)
    if chance.happens("traffic/large", LARGE_SHARE):
        sendings += _job(chance, "traffic/large-job", 90, {"notes": "n" * 5_000})
    for number in range(int(chance.at("traffic/bad") * 3)):
        key = f"traffic/bad-{number}"
        at_seconds = chance.between(key, 0, SENT_WITHIN_SECONDS)
        body = chance.pick(f"{key}/body", BAD_BODIES)
        sendings.append(Sending(at_seconds=at_seconds, kind="bad", body=body))
    return Traffic(sendings)


def _job(
    chance: Chance, key: str, number: int, large: Mapping[str, str] | None = None
) -> list[Sending]:
    barred = frozenset() if large is None else deployment.UNTRUSTED
    names = [each for each in deployment.DOCUMENTS if each not in barred]
    name = chance.pick(f"{key}/name", names)
    tenant = chance.pick(f"{key}/tenant", TENANTS)
    at_seconds = chance.skewed(f"{key}/at", 0, SENT_WITHIN_SECONDS)
    request: dict[str, Any] = {
        "schemaVersion": "1",
        "jobName": name,
        "idempotencyKey": f"run-{number}",
        "tenant": tenant,
        "parameters": {"date": "2026-11-22", **(large or {})},
    }
    if chance.happens(f"{key}/limited", 0.2):
        deadline = int(chance.between(f"{key}/deadline", 20, 2_400))
        request["startDeadlineSeconds"] = deadline
    elif chance.happens(f"{key}/timed", 0.12):
        delay = chance.between(f"{key}/scheduled", 30, 900)
        request["scheduledAt"] = _instant(at_seconds + delay)
    own = {"job_id": job_of(request), "tenant": tenant}
    waited_for = partial(_waited_for, chance, f"{key}/waited-for", number)
    body = waited_for("first", request)
    sent = [Sending(at_seconds=at_seconds, kind="submit", body=body, **own)]
    if chance.happens(f"{key}/duplicate", 0.3):
        later = at_seconds + chance.skewed(f"{key}/again", 0, 4_000)
        body = waited_for("again", request)
        sent.append(Sending(at_seconds=later, kind="duplicate", body=body, **own))
    if chance.happens(f"{key}/conflict", 0.1):
        others = {**request["parameters"], "date": "another"}
        other = waited_for("other", request | {"parameters": others})
        later = at_seconds + chance.between(f"{key}/differs", 60, 900)
        sent.append(Sending(at_seconds=later, kind="conflict", body=other, **own))
    if chance.happens(f"{key}/cancel", 0.2):
        later = at_seconds + chance.skewed(f"{key}/cancelled", 0, 1_500)
        body = cancellation_of(own["job_id"], tenant)
        sent.append(Sending(at_seconds=later, kind="cancel", body=body, **own))
    return [*sent, *_reruns(chance, f"{key}/rerun", request)]


def _reruns(chance: Chance, key: str, request: dict[str, Any]) -> Iterator[Sending]:
    """Yield the rerun of some jobs, sent when most have ended, and some have not."""
    if not chance.happens(key, 0.15):
        return
    again = request | {"idempotencyKey": f"{request['idempotencyKey']}-again"}
    body = rerun_of(
        job_of(request),
        request["tenant"],
        key=again["idempotencyKey"],
        version=chance.pick(f"{key}/version", ("exact", "latest")),
    )
    yield Sending(
        at_seconds=SENT_WITHIN_SECONDS + chance.between(f"{key}/at", 200, 2_400),
        kind="rerun",
        body=body,
        job_id=job_of(again),
        tenant=request["tenant"],
    )


def rerun_of(of_job: str, tenant: str, *, key: str, version: str = "exact") -> str:
    """Return the message that runs a job again."""
    return json.dumps(
        {
            "schemaVersion": "1",
            "type": "rerun",
            "jobId": of_job,
            "idempotencyKey": key,
            "tenant": tenant,
            "version": version,
        }
    )


def _waited_for(
    chance: Chance, key: str, number: int, by: str, asked: dict[str, Any]
) -> str:
    """Return a submission's body, with the token of somebody who waits for its end."""
    if not chance.happens(key, WAITED_SHARE):
        return json.dumps(asked)
    return json.dumps(asked | {"notify": {"taskToken": f"token-{number}-{by}="}})


def cancellation_of(of_job: str, tenant: str) -> str:
    """Return the message that cancels a job."""
    return json.dumps(
        {
            "schemaVersion": "1",
            "type": "cancel",
            "jobId": of_job,
            "idempotencyKey": f"cancel-{of_job}",
            "tenant": tenant,
        }
    )


def job_of(request: dict[str, Any]) -> str:
    """Return the id of the job that a submission asks for."""
    return job_id(
        deployment_id=deployment.DEPLOYMENT_ID,
        tenant=request["tenant"],
        job_name=request["jobName"],
        idempotency_key=request["idempotencyKey"],
    )


def _instant(at_seconds: float) -> str:
    at = START_AT + timedelta(seconds=int(at_seconds))
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
