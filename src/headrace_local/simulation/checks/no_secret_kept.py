"""I12: what looks like a secret is in no item, no signal and no answer."""

from __future__ import annotations

from headrace_local.simulation.checks.check import Check
from headrace_local.simulation.traffic import SECRET


class NoSecretKept(Check):
    """Asked when everything has come to rest."""

    name = "I12"
    promise = "what looks like a secret is in no item and no log line"

    def at_end(self) -> None:
        """See `Check`."""
        for item in self.world.items():
            if SECRET in str(item):
                self.fail(f"the item {item['pk']} keeps a secret")
        for signal in self.world.signals.all():
            if SECRET in str(signal):
                self.fail(f"the signal {signal.event} tells a secret")
