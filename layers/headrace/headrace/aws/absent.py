"""A port that a function was not given, because it has no permission for it."""

from __future__ import annotations

from typing import NoReturn

from headrace.errors import Misconfigured


class Absent:
    """Stands where a port would, and says so when it is used."""

    def __init__(self, what: str, whose: str) -> None:
        self._what = what
        self._whose = whose

    def __getattr__(self, name: str) -> NoReturn:
        """Refuse any use.

        Raises:
            Misconfigured: Always.
        """
        raise Misconfigured(f"{name}: {self._whose} gives no {self._what}")
