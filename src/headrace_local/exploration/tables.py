"""Puts another table of moves in the product's place, and tells which move was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from headrace.jobs import moves
from headrace.jobs.guards import (
    Guard,
    is_certain,
    is_evidence_gone,
    is_evidence_visible,
    is_first_send,
    is_in_replay_window,
    is_missing_often,
    is_quiet,
)
from headrace.jobs.moves import MOVES, Move, MoveRule

type Table = Mapping[Move, MoveRule]


@dataclass(frozen=True, slots=True)
class Plant:
    """A fault to find: a move that lost some of its guards."""

    move: Move
    guards: tuple[Guard, ...]

    def table(self) -> Table:
        """Return the product's table with this fault in it."""
        rule = MOVES[self.move]
        kept = tuple(each for each in rule.guards if each not in self.guards)
        return {**MOVES, self.move: replace(rule, guards=kept)}


PLANTS: Mapping[str, Plant] = {
    "absence-before-quiet": Plant(Move.PROVE_ABSENT, (is_quiet,)),
    "absence-after-forgetting": Plant(Move.PROVE_ABSENT, (is_evidence_visible,)),
    "refusal-of-a-later-send": Plant(Move.REFUSE, (is_first_send,)),
    "refusal-without-certainty": Plant(Move.REFUSE, (is_certain,)),
    "loss-before-forgetting": Plant(Move.GIVE_UP, (is_evidence_gone,)),
    "loss-at-first-miss": Plant(Move.LOSE, (is_missing_often,)),
    "replay-without-end": Plant(Move.REPLAY, (is_in_replay_window,)),
}


class Watched(Mapping[Move, MoveRule]):
    """A table that remembers the move which was looked up last."""

    def __init__(self, table: Table) -> None:
        self._table = dict(table)
        self.last = next(iter(self._table))

    def __getitem__(self, move: Move) -> MoveRule:
        self.last = move
        return self._table[move]

    def __iter__(self) -> Iterator[Move]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


@contextmanager
def table_of_moves(table: Table) -> Iterator[Watched]:
    """Let the product decide by another table, until the block ends."""
    before, watched = moves.MOVES, Watched(table)
    moves.MOVES = watched
    try:
        yield watched
    finally:
        moves.MOVES = before
