"""How a party's call may be answered, and what it does to the record and to ECS.

The answer without a fault comes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from headrace_local.exploration.checks import Violated
from headrace_local.exploration.scope import RUNS, STOPS, TOKENS
from headrace_local.exploration.space import Space
from headrace_local.exploration.tokens import Token

type Found = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """One answer to a call.

    Attributes:
        words: What happened, for people.
        party: The party after it.
        record: The record after it.
        ecs: The tokens after it.
        is_write: The record was written, be it as it was before.
    """

    words: str
    party: int
    record: int
    ecs: int
    is_write: bool = False


class Answers:
    """The answers to the calls of a space's parties."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._orders: dict[str, str] = {}

    def to(self, party: int, record: int, ecs: int) -> Iterator[Effect]:
        """Yield every answer to a party's call.

        Raises:
            Violated: One of them breaks a promise.
        """
        call = self._space.call(party)
        match call.name:
            case "accept":
                yield self._accept(party, record, ecs)
            case "get":
                yield self._plain(party, record, ecs, "reads the record", "job", record)
            case "replace":
                yield self._replace(party, record, ecs)
            case "note":
                yield self._note(party, record, ecs)
            case "run":
                yield from self._run(party, record, ecs)
            case "stop":
                yield from self._stop(party, record, ecs)
            case _:
                yield from self._look(party, record, ecs)

    def _plain(
        self,
        party: int,
        record: int,
        ecs: int,
        words: str,
        name: str,
        value: object = None,
    ) -> Effect:
        after = self._space.answered(party, name, value)
        return Effect(words, after, record, ecs)

    def _accept(self, party: int, record: int, ecs: int) -> Effect:
        if record:
            words = "meets the job that stands"
            return self._plain(party, record, ecs, words, "standing", record)
        made = self._space.accepted(party)
        after = self._space.answered(party, "new", made)
        words = f"accepts the job as {self._space.records[made].status}"
        return Effect(words, after, made, ecs, is_write=True)

    def _replace(self, party: int, record: int, ecs: int) -> Effect:
        written = self._space.replaced(record, ecs, party)
        if not written:
            return self._moved(party, record, ecs, "cannot write, the record has moved")
        after = self._space.written(party)
        words = f"writes {self._space.move(party)}"
        return Effect(words, after, written, ecs, is_write=True)

    def _note(self, party: int, record: int, ecs: int) -> Effect:
        noted = self._space.noted(record, ecs, party)
        if not noted:
            return self._moved(party, record, ecs, "finds the record elsewhere")
        after = self._space.answered(party, "stored")
        words = f"notes the report: {self._space.records[noted].status}"
        return Effect(words, after, noted, ecs, is_write=True)

    def _moved(self, party: int, record: int, ecs: int, words: str) -> Effect:
        """Answer a write that came too late.

        A party that then tries again, on the record that it was told of, does so at
        once: a later try is the same as a later first one.
        """
        after = self._space.answered(party, "moved", record)
        if after and self._space.call(after).name == "replace":
            return self._replace(after, record, ecs)
        return Effect(words, after, record, ecs)

    def _run(self, party: int, record: int, ecs: int) -> Iterator[Effect]:
        space, order = self._space, self._space.call(party).detail
        if self._orders.setdefault(order.token, order.to_json()) != order.to_json():
            raise Violated(f"two sends of {order.token} differ")
        number = TOKENS.index(order.token)
        token = space.ecs[ecs][number]
        for answer, said, after in _run_answers(token):
            words = f"calls RunTask for launch {number + 1}: {said}"
            changed = space.changed(ecs, number, after)
            yield Effect(words, space.answered(party, answer), record, changed)

    def _stop(self, party: int, record: int, ecs: int) -> Iterator[Effect]:
        space, number = self._space, self._space.call(party).detail
        token = space.ecs[ecs][number]
        if token.phase == RUNS:
            token = replace(token, phase=STOPS)
        changed = space.changed(ecs, number, token)
        words = f"calls StopTask for launch {number + 1}"
        yield Effect(words, space.answered(party, "done"), record, changed)
        words = f"{words}: ECS does not take it"
        yield self._plain(party, record, ecs, words, "later")

    def _look(self, party: int, record: int, ecs: int) -> Iterator[Effect]:
        """Answer a read of ECS, which may miss a task that is new."""
        call, tokens = self._space.call(party), self._space.ecs[ecs]
        seen = [
            number
            for number, token in enumerate(tokens)
            if _is_shown(token, call.name) and call.detail in {None, number}
        ]
        found: Found = tuple((number, tokens[number].phase) for number in seen)
        told = ", ".join(f"{number + 1} {phase}" for number, phase in found)
        words = f"{_LOOKS[call.name]}: {told or 'nothing'}"
        yield self._plain(party, record, ecs, words, "report", found)
        known = tuple(each for each in found if not tokens[each[0]].may_hide)
        if known != found:
            words = f"{_LOOKS[call.name]}: the new task is not shown yet"
            yield self._plain(party, record, ecs, words, "report", known)
        yield self._plain(
            party, record, ecs, f"{_LOOKS[call.name]}: no answer", "later"
        )


_LOOKS = {
    "describe": "describes the task",
    "list running": "lists running tasks",
    "list stopped": "lists stopped tasks",
}


def _is_shown(token: Token, call: str) -> bool:
    match call:
        case "list running":
            return token.phase == RUNS
        case "list stopped":
            return token.is_listed_as_stopped
        case _:
            return token.is_visible


def _run_answers(token: Token) -> Iterator[tuple[str, str, Token]]:
    """Yield what RunTask may answer, in the script's name and in words."""
    landed = token.landed()
    if landed.is_task_remembered:
        is_new = landed.tasks != token.tasks
        words = "a task starts" if is_new else "ECS names the task that there is"
        yield "started", words, landed
        yield "unanswered", f"{words}, the answer is lost", landed
    if token.refused_age is not None:
        yield "refused", "ECS repeats its refusal", token
        yield "unanswered", "ECS repeats its refusal, the answer is lost", token
    elif not token.is_task_remembered:
        cached = replace(token, refused_age=0)
        yield "refused", "no capacity", token
        yield "refused", "no capacity, and ECS remembers so", cached
        yield "unanswered", "no capacity and remembered, the answer is lost", cached
    yield "throttled", "throttled", token
    yield "unanswered", "no answer, and it may land late", token.sent()
    yield "unsure", "no capacity, but the SDK had sent it twice", token.sent()
