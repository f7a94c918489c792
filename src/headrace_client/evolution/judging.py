"""Judging requests by two versions of a definition, with dispatch's own rules. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headrace.definitions.admission import admit
from headrace.errors import InvalidRequest
from headrace_client.definition_changes import version_changes
from headrace_client.evolution.findings import (
    NAMES_MAX,
    Candidate,
    Concerned,
    Evolution,
    Kind,
    Step,
    WouldRefuse,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headrace.definitions.definition import RegisteredDefinition
    from headrace.requests.rejection import Rejection
    from headrace_client.evolution.findings import Unchecked

_NO_RULE = ("owner", "description", "onUnknown", "exitCodes", "startTimeoutSeconds")
"""Fields by which no request is refused."""

_INDEX = re.compile(r"\[[0-9]+\]")


def may_refuse(step: Step) -> bool:
    """Whether anything differs by which requests are judged."""
    changed = (each.field for each in version_changes(step.old, step.new))
    return any(not field.startswith(_NO_RULE) for field in changed)


def newly_refused(candidate: Candidate, step: Step) -> Rejection | None:
    """Return the new version's answer to what the old one accepts and it does not."""
    if _refusal(candidate, step.old) is not None:
        return None
    return _refusal(candidate, step.new)


def _refusal(candidate: Candidate, version: RegisteredDefinition) -> Rejection | None:
    try:
        admit(candidate.request, version, now=candidate.at)
    except InvalidRequest as error:
        return error.rejection
    return None


class Tally:
    """Counts what one switch would refuse, by field and reason."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self._looked_at = 0
        self._first: dict[tuple[str, str], Rejection] = {}
        self._names: dict[tuple[str, str], dict[Kind, list[str]]] = {}

    def judge(self, candidate: Candidate) -> None:
        """Take one request into account."""
        self._looked_at += 1
        rejection = newly_refused(candidate, self.step)
        if rejection is None:
            return
        # Which item of a list it is does not matter.
        key = (rejection.reason.value, _INDEX.sub("[]", rejection.field or ""))
        self._first.setdefault(key, rejection)
        names = self._names.setdefault(key, {}).setdefault(candidate.kind, [])
        names.append(candidate.name)

    def evolution(self, unchecked: Sequence[Unchecked]) -> Evolution:
        """Return what was found."""
        refusals = [
            WouldRefuse(
                rejection=self._first[key], concerned=tuple(_concerned(by_kind.items()))
            )
            for key, by_kind in self._names.items()
        ]
        return Evolution(
            step=self.step,
            refusals=sorted(refusals, key=lambda each: -each.count),
            looked_at=self._looked_at,
            unchecked=tuple(unchecked),
        )


def _concerned(by_kind: Iterable[tuple[Kind, list[str]]]) -> Iterable[Concerned]:
    for kind, names in by_kind:
        yield Concerned(kind=kind, count=len(names), names=tuple(names[:NAMES_MAX]))
