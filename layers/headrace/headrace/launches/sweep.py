"""A sweep: one complete listing of a family's stopped tasks, maybe in several sittings.

Only a complete sweep that was begun for a launch proves that the launch made nothing.
Pure; listing pages and keeping an unfinished sweep are the ports' business.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """How far a listing has come, and for whom it is made.

    Attributes:
        family: Whose stopped tasks are listed.
        began_at: When the search that it is part of began.
        sought: The tokens of the launches that are searched for.
        found: Those of them that a page has shown.
        cursor: Where the next page begins; None before the first and after the last.
        is_complete: The last page was read.
    """

    family: str
    began_at: datetime
    sought: frozenset[str]
    found: frozenset[str] = frozenset()
    cursor: str | None = None
    is_complete: bool = False

    def after_page(self, tokens: Iterable[str], cursor: str | None) -> Sweep:
        """Return the sweep after a page that showed tasks of these tokens."""
        return replace(
            self,
            found=self.found | (self.sought & frozenset(tokens)),
            cursor=cursor,
            is_complete=cursor is None,
        )

    def is_stale(self, now: datetime, *, quiet_seconds: float) -> bool:
        """Whether it is too old to be worth finishing: a fresh one proves more."""
        return now - self.began_at > timedelta(seconds=quiet_seconds)

    def proves_absent(self, token: str) -> bool:
        """Whether it shows that no stopped task of this launch is visible."""
        return self.is_complete and token in self.sought - self.found
