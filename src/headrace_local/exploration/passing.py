"""What a tick does to a state."""

from __future__ import annotations

from headrace.jobs.guards import is_in_replay_window
from headrace.jobs.job import LAUNCHED, Job, JobStatus
from headrace.jobs.moves import Move
from headrace_local.exploration.scope import (
    LAUNCHES_MAX,
    LIFE_TICKS,
    NOW,
    TICK,
    WINDOWS,
)
from headrace_local.exploration.space import Space
from headrace_local.exploration.states import NOBODY, State, pair_of

_SENDING = (WINDOWS.replay_seconds + LIFE_TICKS) * TICK
"""How long after its intent a launch may be sent: an invocation may be slow."""


class Passing:
    """Lets time pass in a space."""

    def __init__(self, space: Space) -> None:
        self._space = space
        table = space.table
        self._replays_end = is_in_replay_window in table[Move.REPLAY].guards

    def later(self, state: State) -> State:
        """Return the state one tick later."""
        space = self._space
        job = space.record(state.record)
        numbers = range(1, LAUNCHES_MAX + 1)
        is_busy = any(state.dispatchers) or state.reconcile != NOBODY
        current = job.launch_number if job and job.status in LAUNCHED else 0
        sending = any(
            party and space.parties[party].has_acted
            for party in (*state.dispatchers, state.reconcile)
        )
        may_send = tuple(
            sending or (n == current and self._may_send(job)) for n in numbers
        )
        may_seek = tuple(is_busy or current == n for n in numbers)
        return State(
            record=space.record_later(state.record),
            ecs=space.ecs_later(state.ecs, may_send, may_seek),
            dispatchers=pair_of(map(space.party_later, state.dispatchers)),
            reconcile=space.party_later(state.reconcile),
        )

    def _may_send(self, job: Job | None) -> bool:
        """Tell whether the current launch may yet be sent, by anybody at work too."""
        if job is None or job.status is not JobStatus.STARTING or job.launch is None:
            return False
        last_at = job.launch.intended_at + _SENDING
        return not self._replays_end or last_at >= NOW

    def is_settled(self, state: State) -> bool:
        """Tell whether nothing can come any more, however much time passes."""
        job = self._space.record(state.record)
        tokens = self._space.ecs[state.ecs]
        return (
            job is not None
            and job.status.is_terminal
            and not any(token.on_the_way for token in tokens)
        )
