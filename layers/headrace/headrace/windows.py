"""The protocol's windows: how long each party may still act.

Every safety argument of the launch protocol is an inequality between these
numbers; `Windows.__post_init__` holds them. No clock is read here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Self

from headrace.errors import Misconfigured

TOKEN_LIFE_SECONDS_MIN = 3600
"""ECS remembers a client token for the lower of 24 h and task lifetime + 1 h.

Source: Amazon ECS API Reference, "Ensuring idempotency".
"""

STOPPED_TASK_VISIBLE_SECONDS_MIN = 3600
"""ECS shows a stopped task for at least one hour.

Source: Amazon ECS Developer Guide, "Viewing Amazon ECS stopped task errors".
"""

LAPTOP_FACTOR = 60
"""An hour of the protocol passes in a minute on a laptop."""


class Profile(StrEnum):
    """Which scale of the windows a deployment uses."""

    STANDARD = "standard"
    LAPTOP = "laptop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """All windows, in seconds.

    Attributes:
        lease_seconds: How long the sender of a launch may act on it. Above the
            functions' timeout, so that an expired lease means a dead holder.
        clock_skew_seconds: How far two functions' clocks may differ.
        late_seconds: The longest a request that was sent can still land. A signed
            AWS request is refused when its signature is older.
        quiet_seconds: How long after the last send of a token an empty search
            counts as proof that the token made nothing: `late_seconds` plus a
            function's timeout and the lag of the listings.
        replay_seconds: How long after the intent a token may be sent again.
        absence_end_seconds: Until when, after the intent, whatever the token made
            must still be visible to a search.
        first_visit_seconds: When reconcile first looks at a launch.
        running_poll_seconds: How often a running task is looked at.
        missing_age_seconds: A launch younger than this is never missing.
        missing_sightings: How often a task must be missing before it counts.
        missing_interval_seconds: How far apart two such sightings must be.
        stop_repeat_seconds: When StopTask is called again.
        stuck_seconds: When a task that ignores StopTask raises an alarm.
        backlog_hold_seconds: How long dispatch leaves launching to reconcile after
            reconcile last saw a backlog.
        backlog_visit_seconds: When a job of the backlog is looked at by timer, in
            case the backlog itself lost sight of it.
        capacity_backoff_seconds_min: The first wait after a refused launch.
        capacity_backoff_seconds_max: The longest such wait.
    """

    lease_seconds: float = 90
    clock_skew_seconds: float = 60
    late_seconds: float = 900
    quiet_seconds: float = 1080
    replay_seconds: float = 600
    absence_end_seconds: float = 3480
    first_visit_seconds: float = 150
    running_poll_seconds: float = 1200
    missing_age_seconds: float = 600
    missing_sightings: int = 3
    missing_interval_seconds: float = 180
    stop_repeat_seconds: float = 120
    stuck_seconds: float = 1800
    backlog_hold_seconds: float = 90
    backlog_visit_seconds: float = 1200
    capacity_backoff_seconds_min: float = 30
    capacity_backoff_seconds_max: float = 900

    factor: float = 1

    def __post_init__(self) -> None:
        """Hold the inequalities that the protocol's proof rests on.

        Raises:
            Misconfigured: A window breaks one of them; the text says which.
        """
        token_life_seconds = TOKEN_LIFE_SECONDS_MIN / self.factor
        visible_seconds = STOPPED_TASK_VISIBLE_SECONDS_MIN / self.factor
        rules = {
            "a replay must land while its token lives: replay_seconds"
            " + lease_seconds + late_seconds < token life": (
                self.replay_seconds + self.lease_seconds + self.late_seconds
                < token_life_seconds
            ),
            "quiet_seconds must cover a late landing: quiet_seconds > late_seconds": (
                self.quiet_seconds > self.late_seconds
            ),
            "absence must be provable after the last replay: replay_seconds"
            " + lease_seconds + quiet_seconds < absence_end_seconds": (
                self.replay_seconds + self.lease_seconds + self.quiet_seconds
                < self.absence_end_seconds
            ),
            "absence_end_seconds must end before ECS forgets stopped tasks": (
                self.absence_end_seconds < visible_seconds
            ),
            "running_poll_seconds must find a stop before ECS forgets it": (
                self.running_poll_seconds < visible_seconds
            ),
            "first_visit_seconds must come after the lease and its margin": (
                self.first_visit_seconds >= self.lease_seconds + self.clock_skew_seconds
            ),
        }
        for rule, holds in rules.items():
            if not holds:
                raise Misconfigured(f"{rule} does not hold in {self}")

    @classmethod
    def of(cls, profile: Profile) -> Self:
        """Return the windows of a profile."""
        standard = cls()
        return (
            standard.divided(LAPTOP_FACTOR) if profile is Profile.LAPTOP else standard
        )

    def divided(self, factor: float) -> Self:
        """Return the same windows with every duration divided by `factor`."""
        durations = {
            field.name: getattr(self, field.name) / factor
            for field in fields(self)
            if "_seconds" in field.name
        }
        return replace(self, **durations, factor=self.factor * factor)
