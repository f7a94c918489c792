"""The wires between a function and AWS: SDK clients whose calls take time and fail.

What stands behind a wire has AWS's semantics and no faults. The wire has what a
network and an SDK add: latency, lost answers, late landings, throttles, retries.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from greenlet import getcurrent

from headrace_local.simulation.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.simulation.faults import Plan
    from headrace_local.simulation.invocations import Invocation
    from headrace_local.simulation.loop import Loop
    from headrace_local.simulation.trace import Trace

type Answer = dict[str, Any]

LATENCY_SECONDS = (0.004, 0.08)
CONNECT_TIMEOUT_SECONDS = 3.0
BACKOFF_SECONDS = 0.4
HIDDEN_THROTTLE = "Rate exceeded (Service: AmazonEC2; ErrorCode: Throttling)"


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
                if number == self._manners.tries_max or not _is_retried(error):
                    _count_retries(error, number - 1)
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
        if fault is None:
            return self._exchange(invocation, partial(act, **request), latency)
        return self._faulty(fault, invocation, key, partial(act, **request), latency)

    def _exchange(
        self,
        invocation: Invocation,
        act: Callable[[], Answer],
        seconds: float,
        back_seconds: float = 0.0,
    ) -> Answer:
        """Let a request land after a while, and wait for its answer to come back."""
        arrived: list[Answer | ClientError] = []
        go_on = partial(invocation.resume, getcurrent().switch)

        def land() -> None:
            try:
                arrived.append(act())
            except ClientError as error:
                arrived.append(error)
            if back_seconds:
                loop.after(back_seconds, go_on)
            else:
                go_on()

        loop = self._network.loop
        loop.after(seconds, land)
        loop.suspend()
        answer = arrived[0]
        if isinstance(answer, ClientError):
            raise answer
        return answer

    def _faulty(
        self,
        fault: Fault,
        invocation: Invocation,
        key: str,
        act: Callable[[], Answer],
        latency: float,
    ) -> Answer:
        loop, manners = self._network.loop, self._manners
        match fault:
            case Fault.KILL_BEFORE:
                _kill(invocation)
            case Fault.KILL_SENT:
                self._land_later(key, act, latency)
                _kill(invocation)
            case Fault.KILL_AFTER:
                loop.after(latency, partial(_unheard, act))
                loop.after(latency, partial(invocation.die, "killed"))
                loop.suspend()
            case Fault.ANSWER_LOST:
                loop.after(latency, partial(_unheard, act))
                self._time_out(invocation)
            case Fault.LANDS_LATE:
                self._land_later(key, act, latency)
                self._time_out(invocation)
            case Fault.NOT_SENT:
                invocation.wait(CONNECT_TIMEOUT_SECONDS)
                raise ConnectTimeoutError(endpoint_url=manners.service)
            case Fault.SLOW:
                chance, most = self._network.plan.chance, manners.timeout_seconds * 0.99
                seconds = chance.between(f"{key}/slow", 0.5, most)
                there = seconds * chance.at(f"{key}/there")
                return self._exchange(invocation, act, there, seconds - there)
            case Fault.SERVER_ERROR_AFTER:
                with suppress(ClientError):
                    self._exchange(invocation, act, latency)
                raise _error("InternalServerError", HTTPStatus.INTERNAL_SERVER_ERROR)
            case _:
                invocation.wait(latency)
                raise _answered(fault, manners.throttle_code)
        raise AssertionError("nobody wakes a dead invocation")

    def _land_later(
        self, key: str, act: Callable[[], Answer], seconds_min: float
    ) -> None:
        plan = self._network.plan
        most = plan.mix.late_seconds_max
        seconds = plan.late_seconds.get(key)
        if seconds is None:
            seconds = plan.chance.skewed(f"{key}/late", seconds_min, most)
        self._network.under_way += 1
        self._network.loop.after(seconds, partial(self._land, act))

    def _land(self, act: Callable[[], Answer]) -> None:
        self._network.under_way -= 1
        _unheard(act)

    def _time_out(self, invocation: Invocation) -> NoReturn:
        invocation.wait(self._manners.timeout_seconds)
        raise ReadTimeoutError(endpoint_url=self._manners.service)


def _kill(invocation: Invocation) -> None:
    invocation.die("killed")
    invocation.rest_for_ever()


def _unheard(act: Callable[[], Answer]) -> None:
    """Let a request take effect that nobody waits for."""
    with suppress(ClientError):
        act()


def _is_retried(error: Exception) -> bool:
    """Whether the SDK's standard retry mode sends the request again."""
    if not isinstance(error, ClientError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    code = error.response["Error"]["Code"]
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or "Throttl" in code


def _count_retries(error: Exception, retries: int) -> None:
    if isinstance(error, ClientError):
        error.response["ResponseMetadata"]["RetryAttempts"] = retries


def _answered(fault: Fault, throttle_code: str) -> ClientError:
    match fault:
        case Fault.THROTTLED:
            return _error(throttle_code, HTTPStatus.BAD_REQUEST)
        case Fault.CONFLICT:
            return _error("TransactionConflictException", HTTPStatus.BAD_REQUEST)
        case Fault.DENIED:
            return _error("AccessDeniedException", HTTPStatus.BAD_REQUEST)
        case Fault.HIDDEN_THROTTLE:
            code = "InvalidParameterException"
            return _error(code, HTTPStatus.BAD_REQUEST, HIDDEN_THROTTLE)
        case _:
            return _error("InternalServerError", HTTPStatus.INTERNAL_SERVER_ERROR)


def _error(code: str, status: int, message: str = "simulated") -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": int(status), "RetryAttempts": 0},
    }
    return ClientError(response, "simulated")
