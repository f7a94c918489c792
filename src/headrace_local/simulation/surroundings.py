"""Ids by name instead of chance: the same call of the same schedule gets the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace_local.simulation.chance import Chance


class KeyedIds:
    """The `Ids` of an environment.

    Attributes:
        prefix: The invocation on whose behalf ids are made.
    """

    def __init__(self, chance: Chance) -> None:
        self.prefix = ""
        self._chance = chance
        self._number = 0

    def operation_id(self) -> str:
        """See `Ids`."""
        return f"{self.prefix}/{self._next()}"

    def fraction(self) -> float:
        """See `Ids`."""
        return self._chance.at(f"{self.prefix}/fraction-{self._next()}")

    def _next(self) -> int:
        self._number += 1
        return self._number
