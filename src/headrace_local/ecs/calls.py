"""How a call of the API is served: at AWS's rates, and with the faults that wait."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from headrace_local.ecs.errors import AnswerLostError, EcsError
from headrace_local.ecs.throttles import ApiRates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace_local.ecs.clock import Timers
    from headrace_local.ecs.faults import Faults
    from headrace_local.ecs.settings import EngineSettings

type JsonObject = dict[str, Any]
type Act = Callable[[Mapping[str, Any]], JsonObject]


class Calls:
    """Serves calls.

    Args:
        timers: The clock, and where late calls wait.
        settings: Whether rates are enforced.
        faults: What is to go wrong.
    """

    def __init__(
        self, timers: Timers, settings: EngineSettings, faults: Faults
    ) -> None:
        self._timers = timers
        self._settings = settings
        self._faults = faults
        self._rates = ApiRates(timers.clock)

    def serve(self, operation: str, request: Mapping[str, Any], act: Act) -> JsonObject:
        """Serve one call.

        Raises:
            EcsError: When it is refused, throttled, or a fault says so.
            AnswerLostError: When a fault swallows the answer.
        """
        started_by = request.get("startedBy")
        self.admit(operation, 1)
        self._faults.raise_error(operation, started_by)
        delay = self._faults.take(
            "delayLanding", operation=operation, started_by=started_by
        )
        if delay is not None:
            seconds = self._settings.scaled(delay.seconds)
            self._timers.after(seconds, lambda: _land(act, request))
            raise AnswerLostError(operation)
        answer = act(request)
        lost = self._faults.take(
            "loseAnswer", operation=operation, started_by=started_by
        )
        if lost is not None:
            raise AnswerLostError(operation)
        return answer

    def admit(self, what: str, amount: int) -> None:
        """Let something pass at AWS's rate, where rates are enforced."""
        if self._settings.enforces_api_rates:
            self._rates.admit(what, amount)


def _land(act: Act, request: Mapping[str, Any]) -> None:
    """Let a call take effect long after its caller stopped listening."""
    with contextlib.suppress(EcsError):
        act(request)
