"""EventBridge as the simulation has it: at least once, in any order, sometimes late."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from headrace_local.simulation.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.simulation.deployment import Figures
    from headrace_local.simulation.wires import Network

DELAY_SECONDS = (0.05, 3.0)
LATE_SECONDS_MAX = 7_200.0
DEAD_SHARE = 0.5


class Bus:
    """Carries task state changes from ECS to their queue.

    Args:
        send: Puts a body on the queue.
        figures: What the rule lets through.

    Attributes:
        dead: The bodies of events that EventBridge gave up on, as the rule's dead
            letters have them. What is lost altogether is nowhere.
    """

    def __init__(
        self, network: Network, figures: Figures, send: Callable[[str], object]
    ) -> None:
        self._network = network
        self._figures = figures
        self._send = send
        self.dead: list[str] = []

    def put(self, event: dict[str, Any]) -> None:
        """Take an event of ECS in."""
        detail = event["detail"]
        if detail["lastStatus"] not in self._figures.statuses:
            return
        plan, loop = self._network.plan, self._network.loop
        key = f"event/{detail.get('startedBy')}/{detail['taskArn'][-6:]}"
        key = f"{key}/{detail['version']}"
        body = json.dumps(event)
        if plan.strikes(Fault.EVENT_LOST, key) or plan.is_out("events"):
            if plan.chance.happens(f"{key}/dead", DEAD_SHARE):
                self.dead.append(body)
            return
        delay = plan.chance.skewed(f"{key}/delay", *DELAY_SECONDS)
        if plan.strikes(Fault.EVENT_LATE, key):
            delay = plan.chance.skewed(f"{key}/late", 5, LATE_SECONDS_MAX)
        loop.after(delay, partial(self._send, body))
        if plan.strikes(Fault.EVENT_TWICE, key):
            delay = plan.chance.skewed(f"{key}/twice", 0, LATE_SECONDS_MAX)
            loop.after(delay, partial(self._send, body))

    def redrive(self) -> None:
        """Send the rule's dead letters to the queue, as an operator does."""
        bodies, self.dead = self.dead, []
        for body in bodies:
            self._send(body)
