"""Faults by script: by the exact name of what they befall, or by a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import translate

from headrace_local.simulation.faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One fault for whatever has a name like this.

    Attributes:
        pattern: A shell pattern for names such as `dispatch-1/ecs.run_task-1`.
        times: How many different names it befalls at most.
    """

    pattern: str
    fault: Fault
    times: int = 1_000


@dataclass(slots=True)
class _Live:
    fault: Fault
    fits: re.Pattern[str]
    times: int
    struck: set[str] = field(default_factory=set)

    def befalls(self, name: str) -> bool:
        if not self.fits.match(name):
            return False
        if len(self.struck) < self.times:
            self.struck.add(name)
        return name in self.struck


class ScriptedFaults(Mapping[str, Fault]):
    """The faults of one schedule, as `Plan` asks for them.

    A rule that befalls only so many names is used up in the order in which they are
    asked for, so one belongs to one schedule.
    """

    def __init__(self, exact: Mapping[str, Fault], rules: tuple[Rule, ...]) -> None:
        self._exact = exact
        self._rules = [
            _Live(rule.fault, re.compile(translate(rule.pattern)), rule.times)
            for rule in rules
        ]

    def __getitem__(self, name: str) -> Fault:
        if name in self._exact:
            return self._exact[name]
        for rule in self._rules:
            if rule.befalls(name):
                return rule.fault
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._exact)

    def __len__(self) -> int:
        return len(self._exact) + len(self._rules)
