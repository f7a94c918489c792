"""Keeps the local ECS making mistakes, also after it was killed and started again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

# Rates a call, task or event; seconds as on AWS, which the local ECS divides by 60.
# Every length of time is within what the protocol's windows allow for.
FAULTS: Sequence[Mapping[str, Any]] = (
    {"kind": "duplicateEvent", "rate": 0.30},
    {"kind": "loseEvent", "rate": 0.08},
    {"kind": "delayEvent", "rate": 0.08, "seconds": 180},
    {"kind": "loseAnswer", "rate": 0.05, "operation": "RunTask"},
    {"kind": "delayLanding", "rate": 0.03, "seconds": 600, "operation": "RunTask"},
    {"kind": "missing", "rate": 0.05, "seconds": 90},
    {"kind": "unlisted", "rate": 0.05, "seconds": 120},
    {"kind": "refuse", "rate": 0.04, "reason": "RESOURCE:MEMORY"},
    {
        "kind": "error",
        "rate": 0.04,
        "operation": "RunTask",
        "code": "ThrottlingException",
        "message": "Rate exceeded",
    },
    {"kind": "error", "rate": 0.03, "operation": "*", "code": "ServerException"},
)


class Disturbance:
    """The faults of the local ECS, which forgets them when it is killed.

    Args:
        http: Reaches the local ECS's control path.
        seed: Decides the chances, with the number of times that it was told.
    """

    def __init__(self, http: httpx.Client, seed: int) -> None:
        self._http = http
        self._seed = seed
        self._is_on = True
        self._before: Counter[str] = Counter()
        self._now: Counter[str] = Counter()

    @property
    def struck(self) -> Counter[str]:
        """How often each kind struck, as far as that was seen before a kill."""
        return self._before + self._now

    def keep_up(self) -> None:
        """Tell the local ECS its faults, unless it has them."""
        waiting = self._http.get("faults").raise_for_status().json()["faults"]
        seen: Counter[str] = Counter()
        for each in waiting:
            seen[each["kind"]] += each["struck"]
        if sum(seen.values()) < sum(self._now.values()):
            self._before += self._now
        self._now = seen
        if self._is_on and not waiting:
            self._seed += 1
            self._tell(self._seed)
        elif not self._is_on and waiting:
            self._http.delete("faults").raise_for_status()

    def end(self) -> None:
        """Let nothing go wrong any more, from the next call on."""
        self._is_on = False

    def _tell(self, seed: int) -> None:
        faults = [{**each, "count": None} for each in FAULTS]
        self._http.post(
            "faults", json={"seed": seed, "faults": faults}
        ).raise_for_status()
