"""I7: every message ended as something, every job ended, and nothing still runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.simulation import deployment
from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.traffic import Sending

FAIR_REFUSALS = frozenset({"DEADLINE_PASSED"})
"""Why a request that was valid when it was sent may be refused when it is read."""


class AccountedFor(Check):
    """Asked when everything has come to rest."""

    name = "I7"
    promise = "every message is a job, a duplicate, a rejection or a dead letter"

    def at_end(self) -> None:
        """See `Check`."""
        world = self.world
        if world.requests.waiting():
            self.fail(f"{world.requests.waiting()} requests are still queued")
        dead = {message_body(each) for each in world.requests.dead()}
        for message_id, sending in world.traffic.sent.items():
            if sending.body in dead:
                continue
            self._account(message_id, sending)
        for job in world.jobs.values():
            if not job.status.is_terminal:
                self.fail(f"{job.status} for ever", about=job.job_id)
            if job.job_name in deployment.DARING:
                continue
            for task in world.tasks_of(job.job_id):
                if not task.is_stopped:
                    self.fail(
                        f"{job.status}, and {task.started_by} still runs",
                        about=job.job_id,
                    )

    def _account(self, message_id: str, sending: Sending) -> None:
        reason = self.world.rejection_reason(message_id)
        is_job = sending.job_id in self.world.jobs
        match sending.kind:
            case "submit" | "duplicate":
                is_fair = reason in FAIR_REFUSALS or (
                    reason == "IDEMPOTENCY_CONFLICT" and self._lost_a_race(sending)
                )
                accounted = is_fair or (is_job and reason is None)
            case "cancel":
                accounted = is_job or reason == "JOB_NOT_FOUND"
            case "rerun":
                accounted = is_job or reason in {"JOB_NOT_FOUND", "NOT_RERUNNABLE"}
            case _:
                accounted = reason is not None or (
                    sending.kind == "conflict" and self._won_a_race(sending)
                )
        if not accounted:
            self.fail(
                f"{message_id} ({sending.kind}) vanished: job {is_job}, {reason}",
                about=sending.job_id,
            )

    def _won_a_race(self, sending: Sending) -> bool:
        """Whether the conflicting request came first, and so became the job."""
        job = self.world.jobs.get(sending.job_id)
        return job is not None and '"another"' in job.request_json

    def _lost_a_race(self, sending: Sending) -> bool:
        return self._won_a_race(sending)


def message_body(message: object) -> str:
    """Return the body of a message as SQS in memory keeps it."""
    body: str = getattr(message, "body", "")
    return body
