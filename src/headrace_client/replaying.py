"""The part of the client that has jobs' events published again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from headrace_client.errors import NotConfiguredError

if TYPE_CHECKING:
    from headrace_client.announcing import Announcer, Replayed
    from headrace_client.records import JobReader


class Replaying:
    """What a client needs to have events published again, and how it does so."""

    tenant: str
    _jobs: JobReader
    _announcer: Announcer | None

    def replay(self, *job_ids: str) -> Replayed:
        """Have jobs' events published again, with the sequence of the first time.

        Only the tenant's own jobs are; others count as missing. No task token is
        answered again.

        Raises:
            NotConfiguredError: The deployment's announce function is not named.
            ClientError: It could not be asked; asking again is safe.
        """
        if self._announcer is None:
            raise NotConfiguredError(
                "This client was made without an announcer.",
                advice="Make it with Headrace.connect() or Headrace.over().",
            )
        own = [each for each in job_ids if self._is_own(each)]
        replayed = self._announcer.replay(own)
        others = [each for each in job_ids if each not in own]
        return replace(replayed, missing=(*others, *replayed.missing))

    def _is_own(self, job_id: str) -> bool:
        job = self._jobs.get(job_id)
        return job is not None and job.tenant == self.tenant
