"""Searches the whole space of states, breadth first: a trace is a shortest one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from headrace_local.exploration.checks import Violated, is_over
from headrace_local.exploration.space import Space
from headrace_local.exploration.states import State
from headrace_local.exploration.steps import Steps
from headrace_local.exploration.tables import Table, table_of_moves
from headrace_local.exploration.trace import Line, Trace, line_of

STATES_BETWEEN_REPORTS = 10_000

type Progress = Callable[[int, int], object]
"""Is told how many states were found and how many of them are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an exploration found.

    Attributes:
        states: How many states can be reached.
        transitions: How many steps lead from one to another.
        depth: Of the state that takes most steps to reach.
        ends: How many of the states are ends.
        beyond: How many would go on with one launch more than is explored.
        violation: A shortest way to break a promise; None where all hold.
    """

    states: int
    transitions: int
    depth: int
    ends: int
    beyond: int
    violation: Trace | None


def explore(table: Table, progress: Progress = lambda *_: None) -> Result:
    """Explore every state that can be reached under a table of moves."""
    with table_of_moves(table) as watched:
        return _Search(Space(watched)).run(progress)


class _Search:
    def __init__(self, space: Space) -> None:
        self._space = space
        self._steps = Steps(space)
        self._found: dict[State, int] = {space.start(): 0}
        self._states: list[State] = [space.start()]
        self._parents: list[int] = [0]
        self._depths: list[int] = [0]
        self._transitions = 0

    def run(self, progress: Progress) -> Result:
        position = 0
        while position < len(self._states):
            if position % STATES_BETWEEN_REPORTS == 0:
                progress(len(self._states), position)
            try:
                self._expand(position)
            except Violated as violated:
                last = Line(*self._steps.doing, "")
                return self._result(self._trace(position, str(violated), last))
            position += 1
        return self._result(self._endless())

    def _expand(self, position: int) -> None:
        depth = self._depths[position] + 1
        found, states = self._found, self._states
        for _, _, after in self._steps.following(states[position]):
            self._transitions += 1
            if after not in found:
                found[after] = len(states)
                states.append(after)
                self._parents.append(position)
                self._depths.append(depth)

    def _endless(self) -> Trace | None:
        """Return a state from which the job never ends though nothing goes wrong."""
        ends = bytearray(len(self._states))
        for position in range(len(self._states)):
            chain: list[int] = []
            on_chain: set[int] = set()
            at = position
            while not ends[at]:
                if at in on_chain:
                    return self._trace(at, "the job never ends, without any fault")
                chain.append(at)
                on_chain.add(at)
                after = self._steps.calm(self._states[at])
                if after is None:
                    break
                at = self._found[after]
            for each in chain:
                ends[each] = True
        return None

    def _trace(self, position: int, promise: str, last: Line | None = None) -> Trace:
        path = [position]
        while path[-1] != 0:
            path.append(self._parents[path[-1]])
        path.reverse()
        lines = [
            self._line(self._states[before], self._states[after])
            for before, after in pairwise(path)
        ]
        return Trace(promise, tuple(lines) + ((last,) if last else ()))

    def _line(self, before: State, after: State) -> Line:
        for who, what, reached in self._steps.following(before):
            if reached == after:
                return line_of(self._space, who, what, after)
        raise AssertionError("a path of the search has no step")

    def _result(self, violation: Trace | None) -> Result:
        jobs = [self._space.record(state.record) for state in self._states]
        ends = [job for job in jobs if job is not None and is_over(job)]
        terminal = sum(job.status.is_terminal for job in ends)
        return Result(
            states=len(self._states),
            transitions=self._transitions,
            depth=self._depths[-1],
            ends=terminal,
            beyond=len(ends) - terminal,
            violation=violation,
        )
