"""I14: a message changes no job of another tenant, nor any job it does not name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.checks.check import Sent

_WRITES = frozenset({"put_item", "update_item", "delete_item"})


class TenantsApart(Check):
    """Asked at every request to write that dispatch sends."""

    name = "I14"
    promise = (
        "a message changes no job of another tenant, nor one that it does not name"
    )

    def on_sent(self, sent: Sent) -> None:
        """See `Check`."""
        if sent.operation not in _WRITES:
            return
        if not sent.invocation.name.startswith("dispatch"):
            return
        key = sent.request.get("Key") or sent.request["Item"]
        job_id = key["pk"]["S"].removeprefix("JOB#")
        if job_id == key["pk"]["S"]:
            return
        named = self.world.named_by(sent.invocation)
        job = self.world.jobs.get(job_id)
        tenants = {tenant for each, tenant in named if each == job_id}
        if not tenants or (job is not None and job.tenant not in tenants):
            self.fail(f"{sent.invocation.name} writes {job_id}", about=job_id)
