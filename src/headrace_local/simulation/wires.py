"""The wires between a function and AWS: SDK clients whose calls take time and fail.

What stands behind a wire has AWS's semantics and no faults. The wire has what a
network and an SDK add: latency, lost answers, late landings, throttles, retries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from headrace_local.simulation.faults import Fault
from headrace_local.simulation.requests_under_way import Request
from headrace_local.simulation.sdk_errors import count_retries, is_retried

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.simulation.faults import Plan
    from headrace_local.simulation.invocations import Invocation
    from headrace_local.simulation.loop import Loop
    from headrace_local.simulation.trace import Trace

type Answer = dict[str, Any]

LATENCY_SECONDS = (0.004, 0.08)
BACKOFF_SECONDS = 0.4


@dataclass(slots=True)
class Network:
    """What all wires of a schedule share.

    Attributes:
        heard: Told of every request as it is sent: its invocation, its operation and
            its parameters.
        under_way: How many requests are still on their way whose senders gave up.
    """

    loop: Loop
    plan: Plan
    trace: Trace
    heard: list[Callable[[Invocation, str, dict[str, Any]], None]] = field(
        default_factory=list
    )
    under_way: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a service and its client behave.

    Attributes:
        service: Its name, which is also that of its outages.
        tries_max: Requests that one call makes at most.
        timeout_seconds: How long the client waits for an answer.
        faults: What may befall a request of each operation; `""` is any other.
        throttle_code: By what name it throttles.
        weight: How much more often its requests are befallen than others: there are
            few of them.
    """

    service: str
    tries_max: int
    timeout_seconds: float
    faults: dict[str, tuple[Fault, ...]]
    throttle_code: str = "ThrottlingException"
    weight: float = 1.0


class Wire:
    """One SDK client of an execution environment.

    Attributes:
        invocation: On whose behalf calls are made.
    """

    def __init__(self, network: Network, target: object, manners: Manners) -> None:
        self.invocation: Invocation | None = None
        self._network = network
        self._target = target
        self._manners = manners

    def __getattr__(self, operation: str) -> Callable[..., Answer]:
        """Return one operation of the client, as boto3 names it."""
        act = getattr(self._target, operation)
        faults = self._manners.faults
        call = partial(
            self._call, operation, act, faults.get(operation, faults.get("", ()))
        )
        self.__dict__[operation] = call
        return call

    def _call(
        self,
        operation: str,
        act: Callable[..., Answer],
        faults: tuple[Fault, ...],
        **request: Any,  # noqa: ANN401 - boto3's shapes
    ) -> Answer:
        invocation = self.invocation
        if invocation is None or invocation.is_dead:
            raise SystemExit  # what cleans up after a dead invocation sends nothing
        name = invocation.call_name(f"{self._manners.service}.{operation}")
        for number in range(1, self._manners.tries_max + 1):
            key = name if number == 1 else f"{name}+{number - 1}"
            try:
                answer = self._request(invocation, key, operation, act, faults, request)
            except (ClientError, ConnectTimeoutError, ReadTimeoutError) as error:
                if number == self._manners.tries_max or not is_retried(error):
                    count_retries(error, number - 1)
                    raise
                invocation.wait(BACKOFF_SECONDS * 2**number)
            else:
                metadata = {"HTTPStatusCode": 200, "RetryAttempts": number - 1}
                return answer | {"ResponseMetadata": metadata}
        raise AssertionError("a call has at least one try")

    def _request(
        self,
        invocation: Invocation,
        key: str,
        operation: str,
        act: Callable[..., Answer],
        faults: tuple[Fault, ...],
        request: dict[str, Any],
    ) -> Answer:
        network = self._network
        invocation.sending = key
        for listener in network.heard:
            listener(invocation, operation, request)
        trace = network.trace
        trace.note(invocation.name, key)
        plan = network.plan
        fault = plan.struck_by(faults, key, weight=self._manners.weight)
        if fault is None and plan.outages and plan.is_out(self._manners.service):
            fault = Fault.NOT_SENT
        latency = plan.chance.skewed(f"{key}/latency", *LATENCY_SECONDS)
        call = partial(act, **request)
        return Request(network, self._manners, invocation, key, call, latency).sent(
            fault
        )
