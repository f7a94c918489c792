"""Lambda as the simulation has it: environments, time-outs, kills, asynchronous calls.

It runs the handlers of `functions/`, each in an execution environment with wires of
its own, over the ports that the product's wiring makes of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from headrace_local.simulation.faults import Fault
from headrace_local.simulation.invocations import Crew, Invocation, Skewed
from headrace_local.simulation.releases import todays
from headrace_local.simulation.surroundings import KeyedIds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace_local.simulation.aws import Aws
    from headrace_local.simulation.releases import Release
    from headrace_local.simulation.wires import Network, Wire

SKEW_SECONDS_MAX = 30.0
"""So that two clocks differ by at most a minute, which is what the protocol assumes."""

WAKE_SECONDS = (0.02, 2.0)
RETRIES_AFTER_SECONDS = (60.0, 120.0)
"""Lambda Developer Guide, "Asynchronous invocation": one minute, then two."""

COLD_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells a handler."""

    invocation: Invocation

    @property
    def aws_request_id(self) -> str:
        """The invocation's own."""
        return self.invocation.name

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still run."""
        return int(self.invocation.remaining_seconds * 1000)


class _Clients:
    """The wires of an environment, by the names that wiring asks for."""

    def __init__(self, aws: Aws, network: Network) -> None:
        self.dynamodb: Any = aws.wire("dynamodb", network)
        self.ecs: Any = aws.wire("ecs", network)
        self.ecs_once: Any = aws.wire("ecs_once", network)
        self.functions: Any = aws.wire("lambda", network)
        self.s3: Any = aws.wire("s3", network)
        self.events: Any = aws.wire("events", network)
        self.workflows: Any = aws.wire("stepfunctions", network)
        self.queues: Any = aws.wire("sqs", network)

    def all(self) -> tuple[Wire, ...]:
        told = self.events, self.workflows, self.queues
        return self.dynamodb, self.ecs, self.ecs_once, self.functions, self.s3, *told


class _Environment:
    """One execution environment; it outlives its invocations, until one is killed."""

    def __init__(self, host: FunctionHost, stage: str, name: str) -> None:
        plan, loop = host.network.plan, host.network.loop
        skew = 0.0
        if plan.strikes(Fault.CLOCK_SKEW, name):
            skew = plan.chance.between(f"{name}/skew", -1, 1) * SKEW_SECONDS_MAX
        self.name = name
        self._clock = Skewed(loop, skew)
        self._crew = Crew(loop)
        self._ids = KeyedIds(plan.chance)
        self._clients = _Clients(host.aws, host.network)
        drawn = host.release_for(name)
        self.release = drawn if drawn.has(stage) else todays()
        self.ports = self.release.ports(
            stage,
            host.settings,
            clients=self._clients,
            clock=self._clock,
            ids=self._ids,
            workers=self._crew,
            signals=host.signals,
        )
        self.handler = self.release.handler(stage)

    def serve(self, invocation: Invocation) -> None:
        """Work for an invocation from now on."""
        self._clock.invocation = invocation
        self._crew.invocation = invocation
        self._ids.prefix = invocation.name
        for wire in self._clients.all():
            wire.invocation = invocation


class FunctionHost:
    """Starts invocations, and ends those that take too long.

    Args:
        network: The wires' world.
        aws: What is behind the wires.
        settings: The functions' environment variables.
        release_for: Which release an environment of that name runs.
        signals: Where the stages' signals go.
        timeout_seconds: As the template says.
    """

    def __init__(
        self,
        network: Network,
        aws: Aws,
        *,
        settings: Mapping[str, str],
        release_for: Callable[[str], Release],
        signals: Any,  # noqa: ANN401 - the Signals port of whichever release
        timeout_seconds: float,
    ) -> None:
        self.network = network
        self.aws = aws
        self.settings = settings
        self.release_for = release_for
        self.signals = signals
        self._timeout_seconds = timeout_seconds
        self._idle: dict[str, list[_Environment]] = {}
        self._numbers: dict[str, count[int]] = {}
        self.on_end: list[Callable[[Invocation], None]] = []
        self.failures: list[tuple[str, Exception]] = []

    def invoke(
        self,
        stage: str,
        event: dict[str, Any],
        *,
        on_end: Callable[[dict[str, Any] | None], None] = lambda _: None,
    ) -> None:
        """Begin an invocation; `on_end` hears its answer, None where it has none."""
        loop = self.network.loop
        number = next(self._numbers.setdefault(stage, count(1)))
        name = f"{stage}-{number}"
        environment = self._environment(stage, name)
        deadline = loop.elapsed_seconds + self._timeout_seconds
        invocation = Invocation(loop, name, event, deadline_seconds=deadline)
        environment.serve(invocation)
        self.network.trace.note(name, f"begins in {environment.name}")

        def end(answer: dict[str, Any] | None, how: str) -> None:
            self.network.trace.note(name, how)
            for listener in self.on_end:
                listener(invocation)
            on_end(answer)

        invocation.on_death = lambda cause: end(None, f"is {cause}")
        overdue = loop.after(
            self._timeout_seconds, partial(invocation.die, "out of time")
        )

        def work() -> None:
            answer, how = self._answer(environment, invocation)
            overdue.cancel()
            invocation.is_dead = True
            self._idle.setdefault(stage, []).append(environment)
            end(answer, how)

        invocation.spawn(work)

    def _answer(
        self, environment: _Environment, invocation: Invocation
    ) -> tuple[dict[str, Any] | None, str]:
        """Run the handler; return its answer, and how it went."""
        event, context = dict(invocation.event), Context(invocation)
        try:
            answer = environment.handler(event, context, ports=environment.ports)
        except Exception as error:  # noqa: BLE001 - Lambda catches everything
            self.failures.append((invocation.name, error))
            return None, f"fails: {type(error).__name__}: {error}"
        return answer, "ends"

    def wake(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - boto3's shape
        """Serve Lambda's asynchronous `Invoke` of reconcile."""
        event = json.loads(request["Payload"])
        plan, loop = self.network.plan, self.network.loop
        key = f"wake@{loop.elapsed_seconds:.3f}"
        if not plan.strikes(Fault.WAKE_LOST, key):
            delay = plan.chance.between(key, *WAKE_SECONDS)
            loop.after(delay, partial(self._invoke_again, event, RETRIES_AFTER_SECONDS))
        return {"StatusCode": 202}

    def _invoke_again(self, event: dict[str, Any], waits: tuple[float, ...]) -> None:
        """Invoke reconcile; where that fails, again after a while, as Lambda does."""

        def ended(answer: dict[str, Any] | None) -> None:
            if answer is None and waits:
                again = partial(self._invoke_again, event, waits[1:])
                self.network.loop.after(waits[0], again)

        self.invoke("reconcile", event, on_end=ended)

    def _environment(self, stage: str, name: str) -> _Environment:
        idle = self._idle.setdefault(stage, [])
        is_cold = self.network.plan.chance.at(f"{name}/cold") < COLD_SHARE
        if idle and not is_cold:
            return idle.pop()
        return _Environment(self, stage, f"{name}'s")
