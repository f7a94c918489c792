"""What becomes of the values that states are made of, worked out once for each."""

from __future__ import annotations

from dataclasses import dataclass, field

from headrace.jobs import sighting as sightings
from headrace.jobs.job import Job, JobStatus
from headrace.jobs.moves import Move
from headrace_local.exploration.checks import Violated, check_write
from headrace_local.exploration.parties import (
    Party,
    Standing,
    Stopping,
    Writing,
    standing_of,
)
from headrace_local.exploration.records import REVISION, REVISION_MIN, aged, plain
from headrace_local.exploration.scope import LAUNCHES_MAX
from headrace_local.exploration.script import Call
from headrace_local.exploration.states import NOBODY, Numbered, State
from headrace_local.exploration.tables import Watched
from headrace_local.exploration.tokens import Token


@dataclass(slots=True)
class Space:
    """Records, tokens and parties by number, under one table of moves."""

    table: Watched
    records: Numbered[Job] = field(default_factory=Numbered)
    ecs: Numbered[tuple[Token, ...]] = field(default_factory=Numbered)
    parties: Numbered[Party] = field(default_factory=Numbered)
    _standings: dict[int, Standing] = field(default_factory=dict)
    _memory: dict[tuple[object, ...], int] = field(default_factory=dict)

    def start(self) -> State:
        """Return the state before anything happened."""
        tokens = self.ecs.of((Token(),) * LAUNCHES_MAX)
        return State(0, tokens, (NOBODY, NOBODY), NOBODY)

    def record(self, number: int) -> Job | None:
        """Return the record; None where there is none yet."""
        return self.records[number] if number else None

    def call(self, party: int) -> Call:
        """Return the call before which a party stands."""
        call = self._standing(party).call
        assert call is not None  # noqa: S101 - one that has ended is nobody
        return call

    def begun(self, stage: str, subject: object = None) -> int:
        """Return an invocation that begins."""
        return self.parties.of(Party(stage, subject))

    def answered(self, party: int, name: str, value: object = None) -> int:
        """Return a party after its call was answered; nobody where it ended.

        Raises:
            Violated: Its stage met an error that it should not meet.
        """
        key = (party, name, value)
        found = self._memory.get(key)
        if found is None:
            known = self.records[value] if isinstance(value, int) else value
            after = self.parties.of(self.parties[party].answered(name, known))
            standing = self._standing(after)
            if standing.trouble is not None:
                raise Violated(f"a stage met an error: {standing.trouble}")
            found = self._memory[key] = after if standing.call else NOBODY
        return found

    def outdated(self, party: int, record: int) -> int:
        """Return a party after somebody wrote the record, which is now this one.

        Nobody, where all that it can still do is to find that out.
        """
        if party == NOBODY:
            return NOBODY
        key = ("outdated", party, record)
        found = self._memory.get(key)
        if found is None:
            found = NOBODY
            outdated = self.parties[party].outdated()
            is_over = self.records[record].status.is_terminal
            is_futile = (
                outdated is None
                or self.call(party).name == "accept"
                or (is_over and not outdated.has_acted)
            )
            if outdated is not None and not is_futile:
                found = self.parties.of(outdated)
                is_write = self.call(found).name == "replace"
                if is_write and self.answered(found, "moved", record) == NOBODY:
                    found = NOBODY
                elif is_write:
                    found = self.parties.of(self.parties[found].applying())
            self._memory[key] = found
        return found

    def reduced(self, party: int, record: int) -> int:
        """Return a party in its one form, if all it has left to do is one write."""
        name = self.call(party).name if party else ""
        if name == "stop" and self.answered(party, "done") == NOBODY:
            last = Stopping(self.call(party).detail)
            return self.parties.of(self.parties[party].about_to(last))
        if name != "replace":
            return party
        key = ("reduced", party)
        found = self._memory.get(key)
        if found is None:
            before, after = self.call(party).detail
            found = party
            if (
                self._is_current(before, party)
                and self.written(party) == NOBODY
                and self.answered(party, "moved", record) == NOBODY
            ):
                writing = Writing(self.move(party), plain(after))
                found = self.parties.of(self.parties[party].about_to(writing))
            self._memory[key] = found
        return found

    def written(self, party: int) -> int:
        """Return a party after its own write of the record."""
        held = self.parties[party].outdated(has_written=True)
        return self.answered(self.parties.of(held), "stored") if held else NOBODY

    def party_later(self, party: int) -> int:
        """Return a party one tick later."""
        key = ("party later", party)
        if party and key not in self._memory:
            older = self.parties[party].older()
            self._memory[key] = self.parties.of(older) if older else NOBODY
        return self._memory[key] if party else NOBODY

    def record_later(self, record: int) -> int:
        """Return the record one tick later."""
        key = ("record later", record)
        if record and key not in self._memory:
            self._memory[key] = self.records.of(aged(self.records[record]))
        return self._memory[key] if record else 0

    def ecs_later(
        self, ecs: int, may_send: tuple[bool, ...], may_seek: tuple[bool, ...]
    ) -> int:
        """Return the tokens one tick later; which may be sent, which looked for?"""
        key = ("ecs later", ecs, may_send, may_seek)
        found = self._memory.get(key)
        if found is None:
            older = tuple(
                token.older(may_send=send, may_seek=seek)
                for token, send, seek in zip(
                    self.ecs[ecs], may_send, may_seek, strict=True
                )
            )
            found = self._memory[key] = self.ecs.of(older)
        return found

    def is_at_work_on(self, party: int, launch: int) -> bool:
        """Tell whether a reconcile is at work on a launch and certainly on no other."""
        found = self.parties[party]
        if found.subject is not None:
            return True  # One call is left, which no age matters to.
        read = found.answers[1].value
        return not found.has_acted and read.launch_number == launch

    def ecs_settled(self, ecs: int, current: int) -> int:
        """Return the tokens when nobody is at work on any but the current launch."""
        key = ("ecs settled", ecs, current)
        if key not in self._memory:
            settled = tuple(
                token if number == current else token.settled()
                for number, token in enumerate(self.ecs[ecs], start=1)
            )
            self._memory[key] = self.ecs.of(settled)
        return self._memory[key]

    def changed(self, ecs: int, number: int, token: Token) -> int:
        """Return the tokens with one of them changed."""
        tokens = list(self.ecs[ecs])
        tokens[number] = token
        return self.ecs.of(tuple(tokens))

    def replaced(self, record: int, ecs: int, party: int) -> int:
        """Return the record after a party's conditional write; 0 where it is refused.

        Raises:
            Violated: The write breaks a promise.
        """
        before, after = self.call(party).detail
        if not self._is_current(before, party):
            return 0
        standing = self.records[record]
        check_write(standing, after, self._standing(party).move, self.ecs[ecs])
        key = ("replaced", party)
        if key not in self._memory:
            self._memory[key] = self.records.of(plain(after))
        return self._memory[key]

    def noted(self, record: int, ecs: int, party: int) -> int:
        """Return the record after a sighting; 0 where its guards refuse it.

        Raises:
            Violated: The write breaks a promise.
        """
        sighting, job = self.call(party).detail, self.records[record]
        if not sightings.applies(job, sighting):
            return 0
        after = sightings.applied(job, sighting)
        is_end = after.status is not JobStatus.RUNNING
        check_write(job, after, Move.FINISH if is_end else Move.RUN, self.ecs[ecs])
        return self.records.of(plain(after))

    def accepted(self, party: int) -> int:
        """Return the record that a dispatcher's acceptance makes."""
        return self.records.of(plain(self.call(party).detail))

    def move(self, party: int) -> Move:
        """Return the move that a party is about to write."""
        return self._standing(party).move

    def intention(self, party: int) -> str:
        """Return what a party is about to do, in words."""
        name = self.call(party).name
        what = f"write {self.move(party)}" if name == "replace" else name
        return f"is about to {what}"

    def _standing(self, party: int) -> Standing:
        found = self._standings.get(party)
        if found is None:
            found = standing_of(self.parties[party], self.table)
            self._standings[party] = found
        return found

    def _is_current(self, before: Job, party: int) -> bool:
        """Tell whether the record still is what a party read, or itself stored."""
        return self._revision_of(before, party) == REVISION

    def _revision_of(self, before: Job, party: int) -> int:
        """Return a held record's revision; a dispatcher counts its own from 1."""
        if before.revision >= REVISION_MIN:
            return before.revision
        for answer in self.parties[party].answers:
            if answer.name == "new":
                revision: int = answer.value.revision
                return revision
        raise AssertionError(f"{self.parties[party]} holds no record")
