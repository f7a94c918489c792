"""I18: each task token is answered once, with what became of its job."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headrace_local.simulation.checks.accounted_for import message_body
from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.traffic import Sending


class TokensAreAnswered(Check):
    """Asked when everything has come to rest."""

    name = "I18"
    promise = "each task token is answered once, with what became of its job"

    def at_end(self) -> None:
        """See `Check`."""
        world = self.world
        if not world.announces:
            return
        answers = {each.token: each for each in world.aws.workflows.answers}
        letters = [json.loads(each) for each in world.letters.bodies()]
        owed = {each["about"] for each in letters if each["kind"] == "answer"}
        dead = {message_body(each) for each in world.requests.dead()}
        for message_id, sending in world.traffic.sent.items():
            if not sending.token or sending.body in dead:
                continue
            answer = answers.get(sending.token)
            if answer is None:
                if not owed & {sending.job_id, message_id}:
                    self.fail(f"{sending.token} waits for ever", about=sending.job_id)
                continue
            self._judge(message_id, sending, is_success=answer.is_success)
        for item in world.items():
            if item["pk"]["S"].startswith("JOB#") and "taskToken" in item:
                self.fail("a job has a rejection's token", about=item["jobId"]["S"])
        self._look_for_leaks()

    def _judge(self, message_id: str, sending: Sending, *, is_success: bool) -> None:
        world = self.world
        job = world.jobs.get(sending.job_id)
        is_rejected = world.rejection_reason(message_id) is not None
        succeeded = job is not None and job.status == "SUCCEEDED"
        # A redelivery may have met another answer than the first delivery.
        if is_success and not succeeded:
            self.fail(f"{sending.token} was told of success", about=sending.job_id)
        if not is_success and succeeded and not is_rejected:
            self.fail(f"{sending.token} was told of failure", about=sending.job_id)

    def _look_for_leaks(self) -> None:
        """A token stands in records and answers, and nowhere else."""
        world = self.world
        told = json.dumps(world.aws.bus.details)
        told += str(world.signals.all())
        told += "".join(world.letters.bodies())
        told += "".join(each.said for each in world.aws.workflows.answers)
        for sending in world.traffic.sent.values():
            if sending.token and sending.token in told:
                self.fail(f"{sending.token} was shown", about=sending.job_id)
