"""The arithmetic of launches per second: one stored time stands for the bucket.

The generic cell rate algorithm: the stored time is when the bucket would be full
again, one interval behind for every launch that was taken. In any stretch of t
seconds at most burst + rate * t launches are granted, whoever asks and however often.
Pure; storing the time is an adapter's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from headrace.errors import Misconfigured

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was granted, and the time to store; unchanged where nothing was."""

    launches: int
    full_at_us: int | None


@dataclass(frozen=True, slots=True)
class LaunchRate:
    """How many launches a deployment may make.

    Attributes:
        per_second: On average; 0 is unlimited.
        burst: At once, after a pause.
    """

    per_second: float
    burst: int

    def __post_init__(self) -> None:
        """Refuse rates that would never grant anything.

        Raises:
            Misconfigured: The rate is negative, or no launch fits the burst.
        """
        if not 0 <= self.per_second < float("inf"):
            raise Misconfigured(
                f"launches per second: must be at least 0, but is {self.per_second}"
            )
        if self.burst < 1:
            raise Misconfigured(
                f"launch burst: must be at least 1, but is {self.burst}"
            )

    @property
    def is_unlimited(self) -> bool:
        """Whether every wish is granted."""
        return self.per_second == 0

    def reserve(
        self, wanted: int, *, now_us: int, full_at_us: int | None
    ) -> Reservation:
        """Grant up to `wanted` launches.

        Args:
            wanted: How many; below 1 grants none.
            now_us: The time, in microseconds since the epoch.
            full_at_us: The stored time; None where none was stored yet.
        """
        if self.is_unlimited or wanted < 1:
            return Reservation(max(wanted, 0), full_at_us)
        rate = Fraction(self.per_second) / MICROSECONDS
        base_us = now_us if full_at_us is None else max(now_us, full_at_us)
        # Intervals are rounded up, so that rounding never adds to the rate.
        left_us = now_us + ceil(self.burst / rate) - base_us
        launches = min(wanted, floor(left_us * rate))
        if launches < 1:
            return Reservation(0, full_at_us)
        return Reservation(launches, base_us + ceil(launches / rate))
