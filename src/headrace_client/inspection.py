"""The part of the client that looks into jobs: why they are where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace_client.submission import Submission
from headrace_client.waiting import id_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from headrace.jobs.job import Job
    from headrace_client.explaining.explainer import Explainer
    from headrace_client.explaining.explanation import Explanation
    from headrace_client.records import JobReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspector:
    """The means to look into a deployment's jobs.

    Attributes:
        explainer: Says why a job waits, what it does, or why it ended.
    """

    explainer: Explainer


class Inspection:
    """What `Headrace` offers besides sending requests and reading records."""

    tenant: str
    _jobs: JobReader
    _now: Callable[[], datetime]
    _inspector: Inspector | None

    def explain(self, awaited: Submission | str) -> Explanation:
        """Say why a job waits, what it does, or why it ended as it did.

        Args:
            awaited: A submission, a job id, or the message id of a rejected request.

        Returns:
            An explanation; its cause is `NO_RECORD` where there is nothing to explain.

        Raises:
            ClientError: The table could not be read.
        """
        explainer, now = self._inspecting().explainer, self._now()
        if isinstance(awaited, Submission) and self._jobs.get(id_of(awaited)) is None:
            stored = self._jobs.rejection(awaited.message_id)
            if stored is not None:
                return explainer.explain(stored.message_id, tenant=self.tenant, now=now)
        return explainer.explain(id_of(awaited), tenant=self.tenant, now=now)

    def explain_job(self, job: Job) -> Explanation:
        """Say the same of a record that was read already.

        Raises:
            ClientError: The table could not be read.
        """
        return self._inspecting().explainer.explain_job(job, now=self._now())

    def _inspecting(self) -> Inspector:
        if self._inspector is None:
            raise TypeError("this Headrace was made without an inspector")
        return self._inspector
