"""E1: whatever goes wrong at AWS, a stage knows it: no error is a surprise."""

from __future__ import annotations

from headrace_local.simulation.checks.check import Check

KNOWN = frozenset({"JobMoved", "ParametersBusy", "StoreBusy", "Throttled", "TryLater"})
"""Troubles that pass by waiting; their messages and jobs come again."""

DEFERRED = frozenset(
    {
        "announce.record_deferred",
        "dispatch.message_deferred",
        "reconcile.job_failed",
        "record.message_deferred",
    }
)


class OnlyKnownTrouble(Check):
    """Asked when everything has come to rest."""

    name = "E1"
    promise = "no stage meets an error that it does not know"

    def at_end(self) -> None:
        """See `Check`."""
        for invocation, error in self.world.host.failures:
            if type(error).__name__ not in KNOWN:
                self.fail(f"{invocation} fails: {type(error).__name__}: {error}")
        for signal in self.world.signals.all():
            if signal.event in DEFERRED and signal.fields["error"] not in KNOWN:
                job_id = str(signal.fields.get("job_id", ""))
                self.fail(f"{signal.event}: {dict(signal.fields)}", about=job_id)
