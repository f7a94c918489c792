"""Findings of scanners, and those that are accepted, each with its reason.

The file maps scanner -> rule -> a list of {where, because}. `where` is a list of
places, in which `*` stands for anything; `because` is a sentence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What a scanner says of one place: a logical id, a path within it, a file."""

    tool: str
    rule: str
    where: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """One place, or pattern of places, where a rule's finding stays, and why."""

    tool: str
    rule: str
    where: str
    because: str

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is this rule's, and in such a place."""
        return (self.tool, self.rule) == (finding.tool, finding.rule) and fnmatchcase(
            finding.where, self.where
        )


def accepted(path: Path) -> list[Acceptance]:
    """Read the file; ValueError where an acceptance has no reason."""
    acceptances = [
        Acceptance(tool=tool, rule=rule, where=where, because=entry.get("because", ""))
        for tool, rules in yaml.safe_load(path.read_text()).items()
        for rule, entries in rules.items()
        for entry in entries
        for where in entry["where"]
    ]
    for each in acceptances:
        if not each.because.strip().endswith("."):
            raise ValueError(
                f"{path.name}: {each.tool} {each.rule} at {each.where} has no reason: "
                "say in a sentence, under `because`, why it is acceptable"
            )
    return acceptances


def problems(
    found: Collection[Finding], acceptances: Collection[Acceptance]
) -> list[str]:
    """One line for each finding that nobody accepted, and for each stale acceptance."""
    return [*_not_accepted(found, acceptances), *_stale(found, acceptances)]


def _not_accepted(
    found: Collection[Finding], acceptances: Collection[Acceptance]
) -> Iterator[str]:
    for finding in sorted(found):
        if not any(acceptance.covers(finding) for acceptance in acceptances):
            yield f"{finding.tool} {finding.rule} {finding.where}: {finding.says}"


def _stale(
    found: Collection[Finding], acceptances: Collection[Acceptance]
) -> Iterator[str]:
    for each in acceptances:
        if not any(each.covers(finding) for finding in found):
            yield (
                f"{each.tool} {each.rule} {each.where}: accepted, but no longer found. "
                "Take it out of the list."
            )
