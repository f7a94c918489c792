"""Client tokens: what RunTask answered, for as long as ECS remembers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from headrace_local.ecs.settings import EngineSettings
    from headrace_local.ecs.tasks import TaskRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUse:
    """The first use of a client token on one cluster."""

    fingerprint: str
    used_at: datetime
    tasks: tuple[TaskRecord, ...]
    failures: tuple[Mapping[str, str], ...]


def fingerprint(request: Mapping[str, Any]) -> str:
    """Return what must stay the same between two calls with one token."""
    parameters = {key: each for key, each in request.items() if key != "clientToken"}
    return json.dumps(parameters, sort_keys=True, separators=(",", ":"))


class TokenTable:
    """The client tokens in use, each on its own cluster.

    Args:
        settings: How long a token lives.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._uses: dict[tuple[str, str], TokenUse] = {}
        self.on_keep: Callable[[str, str, TokenUse], None] | None = None

    def keep(self, cluster_arn: str, token: str, use: TokenUse) -> None:
        """Remember a token's first use."""
        self._uses[cluster_arn, token] = use
        if self.on_keep is not None:
            self.on_keep(cluster_arn, token, use)

    def find(self, cluster_arn: str, token: str, now: datetime) -> TokenUse | None:
        """Return the first use of a token that still lives."""
        use = self._uses.get((cluster_arn, token))
        if use is None:
            return None
        if now >= self.expires_at(use):
            del self._uses[cluster_arn, token]
            return None
        return use

    def expires_at(self, use: TokenUse) -> datetime:
        """Return when a token ends: 24 h after its use, or 1 h after its last task."""
        lives, scaled = self._settings.lives, self._settings.scaled
        longest = use.used_at + timedelta(seconds=scaled(lives.token_seconds_max))
        ends = [each.times.get("stoppedAt") for each in use.tasks]
        if None in ends:
            return longest
        last_at = max((each for each in ends if each is not None), default=use.used_at)
        after_stop = timedelta(seconds=scaled(lives.token_after_stop_seconds))
        return min(longest, last_at + after_stop)

    def prune(self, now: datetime) -> None:
        """Forget the tokens that have ended."""
        ended = [key for key, use in self._uses.items() if now >= self.expires_at(use)]
        for key in ended:
            del self._uses[key]

    @property
    def size(self) -> int:
        """How many uses are remembered."""
        return len(self._uses)

    def clear(self) -> None:
        """Forget every token."""
        self._uses.clear()
