"""I8: within a launch, the last version that was applied never goes down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.simulation.checks.check import Check

if TYPE_CHECKING:
    from headrace_local.simulation.checks.check import Write


class VersionsRise(Check):
    """Asked at every write of a job."""

    name = "I8"
    promise = "within a launch, the last version applied never goes down"

    def on_write(self, write: Write) -> None:
        """See `Check`."""
        before, after = write.before, write.after
        if before is None or before.launch is None or after.launch is None:
            return
        if before.token != after.token:
            return
        old, new = before.launch.last_version, after.launch.last_version
        if old is not None and (new is None or new < old):
            self.fail(f"version {old} became {new}", about=after.job_id)
