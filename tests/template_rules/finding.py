"""What a rule finds, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from template_rules.view import View

# Logical id, and what is wrong there.
type Findings = Iterator[tuple[str, str]]
type Rule = Callable[[View], Findings]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What a rule, by name, says of one resource or parameter."""

    rule: str
    where: str
    says: str
