"""AWS's request rates, as token buckets on the engine's clock."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace_local.ecs.errors import EcsError

if TYPE_CHECKING:
    from datetime import datetime

    from headrace_local.ecs.clock import Clock

# Bucket -> burst, calls a second (Amazon ECS API Reference, "Request throttling";
# developer guide, "AWS Fargate throttling quotas"). RunTask and StopTask share one.
RATES = {
    "ClusterResourceModify": (100, 40),
    "ClusterResourceRead": (100, 20),
    "FargateLaunch": (100, 20),
}
_BUCKETS = {
    "RunTask": "ClusterResourceModify",
    "StopTask": "ClusterResourceModify",
    "DescribeTasks": "ClusterResourceRead",
    "ListTasks": "ClusterResourceRead",
    "FargateLaunch": "FargateLaunch",
}


@dataclass(slots=True)
class _Bucket:
    level: float
    filled_at: datetime


class ApiRates:
    """Admits calls at AWS's rates.

    Args:
        clock: Fills the buckets.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._lock = threading.Lock()

    def admit(self, operation: str, amount: int = 1) -> None:
        """Let a call pass.

        Raises:
            EcsError: ``ThrottlingException`` when it comes too soon.
        """
        name = _BUCKETS[operation]
        burst, per_second = RATES[name]
        now = self._clock.now()
        with self._lock:
            bucket = self._buckets.setdefault(name, _Bucket(float(burst), now))
            seconds = max(0.0, (now - bucket.filled_at).total_seconds())
            bucket.level = min(float(burst), bucket.level + seconds * per_second)
            bucket.filled_at = now
            if bucket.level < amount:
                raise EcsError("ThrottlingException")
            bucket.level -= amount
