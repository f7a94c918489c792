"""What becomes of tasks: each container's fate is drawn by its name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from headrace_local.ecs import Fate, Pace, ScriptedRunner

if TYPE_CHECKING:
    from headrace_local.ecs.runners.port import ContainerSpec
    from headrace_local.simulation.faults import Plan

FATES = (
    Fate(exit_code=0, run_seconds=0),
    Fate(exit_code=0, run_seconds=4),
    Fate(exit_code=0, run_seconds=40),
    Fate(exit_code=0, run_seconds=90),
    Fate(exit_code=0, run_seconds=400),
    Fate(exit_code=0, run_seconds=20, start_seconds=30),
    Fate(exit_code=0, run_seconds=1400),
    Fate(exit_code=1, run_seconds=5),
    Fate(exit_code=1, run_seconds=150),
    Fate(exit_code=2, run_seconds=30),
    Fate(exit_code=3, run_seconds=3),
    Fate(exit_code=4, run_seconds=3),
    Fate(exit_code=None, run_seconds=10),
    Fate.out_of_memory(12),
    Fate(run_seconds=None),
    Fate(run_seconds=None, term_exit_code=0, term_seconds=5),
    Fate(run_seconds=None, term_exit_code=None),
    Fate.cannot_pull(),
)
RACY_FATES = (
    Fate(exit_code=1, run_seconds=150),
    Fate(exit_code=1, run_seconds=150),
    Fate(exit_code=0, run_seconds=150),
    Fate(exit_code=1, run_seconds=5),
    Fate(run_seconds=None),
)
AT_TICKS_SHARE = 0.35
AT_VISIT_BELOW = 1.0
FIRST_VISIT_SECONDS = 150.0
TICK_SECONDS = 60.0


class FatedRunner(ScriptedRunner):
    """Gives each container the fate that its name has in this seed."""

    def __init__(self, loop: Any, plan: Plan, pace: Pace) -> None:  # noqa: ANN401 - timers
        super().__init__(loop)
        self._loop = loop
        self._plan = plan
        self._stops_seconds = pace.deactivating_seconds + pace.deprovisioning_seconds
        self.forced: list[Fate] = []

    def start(self, spec: ContainerSpec) -> None:
        """Begin the container's fate."""
        self.default = self._drawn(spec)
        super().start(spec)

    def _drawn(self, spec: ContainerSpec) -> Fate:
        if spec.name != "main":
            return Fate(run_seconds=None, term_exit_code=143)
        if self.forced:
            return self.forced.pop(0)
        key, chance = f"fate/{spec.key[-32:]}", self._plan.chance
        is_racy = self._plan.mix.is_racy
        fate = chance.pick(key, RACY_FATES if is_racy else FATES)
        if is_racy or chance.happens("fate/at-ticks", AT_TICKS_SHARE):
            return self._at_tick(fate, chance.between(f"{key}/from-tick", -2.0, 3.0))
        return fate

    def _at_tick(self, fate: Fate, from_tick_seconds: float) -> Fate:
        """Return the fate with its end near a tick of reconcile.

        Two who hear of an end at once is what races are made of, and chance alone
        seldom has them.
        """
        if not fate.run_seconds:
            return fate
        run_seconds = fate.run_seconds
        if from_tick_seconds < AT_VISIT_BELOW:
            run_seconds = FIRST_VISIT_SECONDS
        ends_at = self._loop.elapsed_seconds + fate.start_seconds + run_seconds
        run_seconds += -ends_at % TICK_SECONDS + from_tick_seconds
        return replace(fate, run_seconds=max(0.0, run_seconds - self._stops_seconds))
