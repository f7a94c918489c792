"""States, and the numbers for the values that they are made of."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import NamedTuple

NOBODY = 0


class State(NamedTuple):
    """One situation. Every member is a number of the `Space`; 0 is nothing.

    Attributes:
        record: The job's record.
        ecs: The launches' client tokens.
        dispatchers: Two at most; which is which does not matter.
        reconcile: Its one invocation.
    """

    record: int
    ecs: int
    dispatchers: tuple[int, int]
    reconcile: int


class Numbered[T: Hashable]:
    """Gives equal values one number, from 1."""

    def __init__(self) -> None:
        self._numbers: dict[T, int] = {}
        self._values: list[T] = []

    def __getitem__(self, number: int) -> T:
        return self._values[number - 1]

    def __len__(self) -> int:
        return len(self._values)

    def of(self, value: T) -> int:
        """Return the value's number."""
        number = self._numbers.get(value)
        if number is None:
            self._values.append(value)
            number = self._numbers[value] = len(self._values)
        return number


def party_in(state: State, slot: str) -> int:
    """Return the party in a slot; 0 where there is nobody."""
    if slot == "first":
        return state.dispatchers[0]
    if slot == "second":
        return state.dispatchers[1]
    return state.reconcile


def with_party(state: State, slot: str, party: int) -> State:
    """Return the state with a party in an empty slot."""
    if slot in {"first", "second"}:
        return state._replace(dispatchers=pair_of((party, state.dispatchers[1])))
    return state._replace(reconcile=party)


def without_party(state: State, slot: str) -> State:
    """Return the state with nobody in a slot; a lone dispatcher is the second."""
    first, second = state.dispatchers
    match slot:
        case "first":
            return state._replace(dispatchers=(NOBODY, second))
        case "second":
            return state._replace(dispatchers=(NOBODY, first))
        case _:
            return state._replace(reconcile=NOBODY)


def pair_of(parties: Iterable[int]) -> tuple[int, int]:
    """Return two dispatchers in their one order; nobody comes first."""
    first, second = sorted(parties)
    return first, second
