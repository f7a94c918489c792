"""Every step that can follow on a state: of a party, of ECS, of a container, of time.

Faults are steps like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from headrace.jobs.job import LAUNCHED
from headrace_local.exploration.answers import Answers, Effect
from headrace_local.exploration.checks import check_state, is_over
from headrace_local.exploration.passing import Passing
from headrace_local.exploration.scope import (
    ENDED,
    FAILED,
    NOW,
    RUNS,
    STOPPED,
    STOPS,
    SUCCEEDED,
)
from headrace_local.exploration.space import Space
from headrace_local.exploration.states import (
    NOBODY,
    State,
    pair_of,
    party_in,
    with_party,
    without_party,
)
from headrace_local.exploration.tokens import Token

type Step = tuple[str, str, State]
"""Who does what, in words, and the state after it."""

_DELIVERIES = (
    ("free", "is delivered the job"),
    ("held", "is delivered the job, behind a backlog"),
)
_SLOTS = ("first", "second", "reconcile")
_NAMES = {"visit": "reconcile", "drain": "reconcile", "cancel": "cancel"}


class Steps:
    """The steps of a space; `doing` says who does what, should it break a promise."""

    def __init__(self, space: Space) -> None:
        self.doing = ("", "")
        self._space = space
        self._answers = Answers(space)
        self._sound: set[tuple[int, int]] = set()
        self._effects: dict[tuple[int, int, int], Sequence[Effect]] = {}
        self._whole: dict[tuple[object, ...], tuple[str, int, bool]] = {}
        self._passing = Passing(space)

    def following(self, state: State) -> Iterator[Step]:
        """Yield every step that can follow.

        Raises:
            Violated: A step breaks a promise; `doing` says which step.
        """
        for who, what, reached in self._all(state):
            after = self._settled(reached)
            key = (after.record, after.ecs)
            if key not in self._sound:
                self.doing = (who, what)
                job = self._space.record(after.record)
                check_state(job, self._space.ecs[after.ecs])
                self._sound.add(key)
            yield who, what, after

    def calm(self, state: State) -> State | None:
        """Return the state after the calm step that follows; None at the end."""
        after = self._calm(state)
        return None if after is None else self._settled(after)

    def _calm(self, state: State) -> State | None:
        """Return the state after the step that comes next once nothing goes wrong.

        All that is begun is ended first; then tasks end, reconcile looks after what is
        due, and time passes. No state change is delivered. None where the job is over.
        """
        job = self._space.record(state.record)
        if is_over(job):
            return None
        for slot in _SLOTS:
            party = party_in(state, slot)
            if party:
                return next(self._answered(state, slot, party))[2]
        if job is None:
            return next(self._deliveries(state))[2]
        for steps in (self._containers, self._visits):
            for _, _, after in steps(state):
                return after
        return self._passing.later(state)

    def _all(self, state: State) -> Iterator[Step]:
        for slot in _SLOTS:
            party = party_in(state, slot)
            if not party or (slot == "first" and party == state.dispatchers[1]):
                continue
            yield from self._answered(state, slot, party)
            yield self._name(party), "is killed", without_party(state, slot)
        yield from self._deliveries(state)
        yield from self._containers(state)
        yield from self._landings(state)
        yield from self._visits(state)
        yield from self._reports(state)
        yield from self._cancellations(state)
        later = self._passing.later(state)
        if later != state and not self._passing.is_settled(state):
            yield "time", "passes", later

    def _answered(self, state: State, slot: str, party: int) -> Iterator[Step]:
        """Yield the answers to a party's next call; its first where it begins now."""
        name, others = self._name(party), without_party(state, slot)
        self.doing = (name, self._space.intention(party))
        for effect in self._answers_to(party, state.record, state.ecs):
            after = others._replace(record=effect.record, ecs=effect.ecs)
            if effect.is_write:
                after = self._outdated(after)
            party_after = self._space.reduced(effect.party, effect.record)
            yield name, effect.words, with_party(after, slot, party_after)

    def _answers_to(self, party: int, record: int, ecs: int) -> Sequence[Effect]:
        key = (party, record, ecs)
        found = self._effects.get(key)
        if found is None:
            found = self._effects[key] = list(self._answers.to(party, record, ecs))
        return found

    def _settled(self, state: State) -> State:
        """Return a state without the ages of tokens that nobody looks at any more."""
        job = self._space.record(state.record)
        if job is None or any(state.dispatchers):
            return state
        current = job.launch_number if job.status in LAUNCHED else 0
        if not current and state.reconcile:
            return state
        if state.reconcile and not self._space.is_at_work_on(state.reconcile, current):
            return state
        return state._replace(ecs=self._space.ecs_settled(state.ecs, current))

    def _at_once(self, state: State, stage: str, subject: object) -> Step:
        """Return the whole of an invocation that does nothing but one write.

        Whatever it read before the write that succeeds has no effect, and that write
        is decided by the record that it is over. So no interleaving is left out.
        """
        key = (stage, subject, state.record, state.ecs)
        found = self._whole.get(key)
        if found is None:
            found = self._whole[key] = self._done(*key)
        words, record, is_write = found
        after = state._replace(record=record)
        return stage, words, self._outdated(after) if is_write else after

    def _done(
        self, stage: str, subject: object, record: int, ecs: int
    ) -> tuple[str, int, bool]:
        """Return what an invocation did, and the record after it."""
        party, words, is_write = self._space.begun(stage, subject), "", False
        while party:
            self.doing = (stage, self._space.intention(party))
            (effect,) = self._answers.to(party, record, ecs)
            words, party, record = effect.words, effect.party, effect.record
            is_write |= effect.is_write
        return words, record, is_write

    def _outdated(self, state: State) -> State:
        """Return the state with everybody's reading out of date."""
        outdated, record = self._space.outdated, state.record
        first, second = state.dispatchers
        return state._replace(
            dispatchers=pair_of((outdated(first, record), outdated(second, record))),
            reconcile=outdated(state.reconcile, record),
        )

    def _deliveries(self, state: State) -> Iterator[Step]:
        """Deliver the message: until there is a record, and again at any time.

        A delivery that meets a record ends there, whatever it is: that is a step too,
        to the same state.
        """
        if state.dispatchers[0] != NOBODY:  # sorted: both are at work
            return
        for subject, words in _DELIVERIES:
            party = self._space.begun("dispatch", subject)
            if not state.record:
                yield "dispatch", words, with_party(state, "first", party)
            else:
                yield from self._answered(state, "first", party)

    def _visits(self, state: State) -> Iterator[Step]:
        """Begin a reconcile: its timers where the job is due, or its backlog."""
        job = self._space.record(state.record)
        if job is None or state.reconcile or is_over(job):
            return
        if job.next_at is not None and job.next_at <= NOW:
            yield from self._answered(state, "reconcile", self._space.begun("visit"))
        if job.is_ready:
            yield from self._answered(state, "reconcile", self._space.begun("drain"))

    def _reports(self, state: State) -> Iterator[Step]:
        """Deliver a report of a task, in any order, late and more than once."""
        if not state.record:
            return
        for number, token in enumerate(self._space.ecs[state.ecs]):
            for phase in _told(token):
                who, what, after = self._at_once(state, "record", (number, phase))
                yield who, f"is told of task {number + 1} {phase}: {what}", after

    def _cancellations(self, state: State) -> Iterator[Step]:
        if state.record:
            yield self._at_once(state, "cancel", None)

    def _containers(self, state: State) -> Iterator[Step]:
        """End a task, its own way or as it was asked."""
        for number, token in enumerate(self._space.ecs[state.ecs]):
            ends = {RUNS: (SUCCEEDED, FAILED), STOPS: (STOPPED, SUCCEEDED)}
            for phase in ends.get(token.phase, ()):
                ended = replace(token, phase=phase, end_age=0)
                ecs = self._space.changed(state.ecs, number, ended)
                yield f"task {number + 1}", f"ends: {phase}", state._replace(ecs=ecs)

    def _landings(self, state: State) -> Iterator[Step]:
        for number, token in enumerate(self._space.ecs[state.ecs]):
            for age in sorted(token.on_the_way):
                ecs = self._space.changed(state.ecs, number, token.arrived(age))
                words = f"a request of launch {number + 1} lands late"
                yield "ECS", words, state._replace(ecs=ecs)

    def _name(self, party: int) -> str:
        stage = self._space.parties[party].stage
        return _NAMES.get(stage, stage)


def _told(token: Token) -> Iterator[str]:
    """Yield the phases of a task that ECS has told of."""
    if token.phase:
        yield RUNS
    if token.phase in {STOPS, STOPPED}:
        yield STOPS
    if token.phase in ENDED:
        yield token.phase
