"""Plays the demo's steps: sends each when its time has come, until all have ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from headrace.identity import job_id
from headrace.jobs.job import TERMINAL
from headrace_local.demo_checks import Seen
from headrace_local.demo_steps import Cancels, EndsAs, RejectedAs, SameJobAs, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LOOK_SECONDS = 0.25


class World(Protocol):
    """What is played to; see `DemoWorld`."""

    def send(self, body: str) -> str:
        """Send one message and return its id."""
        ...

    def messages_left(self) -> int:
        """Return how many messages wait or are being handled."""
        ...

    def job(self, job_id: str) -> Mapping[str, Any] | None:
        """Return a job's record."""
        ...

    def rejection(self, message_id: str) -> Mapping[str, Any] | None:
        """Return the rejection stored for a message."""
        ...

    def tasks(self) -> Mapping[str, int]:
        """Return how many tasks there are for each job id."""
        ...


@dataclass(slots=True)
class Play:
    """One run of the steps.

    Attributes:
        steps: What to send.
        world: Where to.
        deployment_id: Part of every job id.
        message_ids: By step, once it was sent.
        jobs: By step, the job's record as last seen.
        rejections: By step, once there is one.
    """

    steps: Sequence[Step]
    world: World
    deployment_id: str
    message_ids: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    rejections: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def run(
        self,
        *,
        deadline_seconds: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        on_look: Callable[[Play], object],
    ) -> Seen:
        """Send, look and wait until all is at rest, or the deadline has passed.

        Args:
            deadline_seconds: When to give up; what is missing then is a complaint.
            clock: Seconds, from any beginning.
            sleep: How to wait.
            on_look: Called after every look.
        """
        ends_at = clock() + deadline_seconds
        while True:
            self._send_what_is_due()
            self._look()
            on_look(self)
            is_over = clock() >= ends_at
            if is_over or (self._is_settled() and self.world.messages_left() == 0):
                # Once more: a duplicate's message was the last to be handled.
                self._look()
                on_look(self)
                return Seen(
                    sent=frozenset(self.message_ids),
                    jobs=dict(self.jobs),
                    rejections=dict(self.rejections),
                    tasks=self.world.tasks(),
                    messages_left=self.world.messages_left(),
                )
            sleep(LOOK_SECONDS)

    def job_id_of(self, step: Step) -> str:
        """Return the id of the job that a step asks for."""
        return job_id(
            deployment_id=self.deployment_id,
            tenant="default",
            job_name=step.job_name,
            idempotency_key=step.key,
        )

    def _send_what_is_due(self) -> None:
        for step in self.steps:
            if step.name not in self.message_ids and self._is_due(step):
                self.message_ids[step.name] = self.world.send(self._body_of(step))

    def _is_due(self, step: Step) -> bool:
        if step.after is None:
            return True
        name, status = step.after
        seen = self.jobs.get(name, {}).get("status")
        return seen is not None and status in ("*", seen)

    def _body_of(self, step: Step) -> str:
        if step.body is not None:
            return step.body
        if not isinstance(step.expected, Cancels):
            raise TypeError(f"step {step.name} has no body and cancels nothing")
        return json.dumps(
            {
                "schemaVersion": "1",
                "type": "cancel",
                "idempotencyKey": step.key,
                "jobId": self.jobs[step.expected.step]["jobId"],
            }
        )

    def _look(self) -> None:
        for step in self.steps:
            message_id = self.message_ids.get(step.name)
            if message_id is None or self._is_at_rest(step):
                continue
            if step.job_name:
                job = self.world.job(self.job_id_of(step))
                if job is not None:
                    self.jobs[step.name] = job
            if step.name not in self.rejections:
                rejection = self.world.rejection(message_id)
                if rejection is not None:
                    self.rejections[step.name] = rejection

    def _is_at_rest(self, step: Step) -> bool:
        job = self.jobs.get(step.name)
        return job is not None and job.get("status") in TERMINAL

    def _is_settled(self) -> bool:
        for step in self.steps:
            if step.name not in self.message_ids:
                return False
            match step.expected:
                case EndsAs() if step.name not in self.rejections:
                    if not self._is_at_rest(step):
                        return False
                case RejectedAs() if step.name not in self.rejections:
                    return False
                case SameJobAs() | Cancels() | EndsAs() | RejectedAs():
                    pass
        return True
