"""One request under way: there and back, or what befalls it instead."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from greenlet import getcurrent

from headrace_local.simulation.faults import Fault
from headrace_local.simulation.sdk_errors import an_error, answered

if TYPE_CHECKING:
    from collections.abc import Callable

    from headrace_local.simulation.invocations import Invocation
    from headrace_local.simulation.wires import Manners, Network

type Answer = dict[str, Any]

CONNECT_TIMEOUT_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request of an invocation, about to be sent.

    Attributes:
        key: Its name in the schedule.
        act: What it does where it lands.
        seconds: How long it is under way when nothing befalls it.
    """

    network: Network
    manners: Manners
    invocation: Invocation
    key: str
    act: Callable[[], Answer]
    seconds: float

    def sent(self, fault: Fault | None) -> Answer:
        """Send it and return the answer.

        Raises:
            ClientError: AWS answers with an error.
            ConnectTimeoutError: There was no connection.
            ReadTimeoutError: No answer came in time.
        """
        match fault:
            case None:
                return self._exchange(self.seconds)
            case Fault.SLOW:
                chance, most = self.network.plan.chance, self.manners.timeout_seconds
                seconds = chance.between(f"{self.key}/slow", 0.5, most * 0.99)
                there = seconds * chance.at(f"{self.key}/there")
                return self._exchange(there, seconds - there)
            case Fault.SERVER_ERROR_AFTER:
                with suppress(ClientError):
                    self._exchange(self.seconds)
                raise an_error("InternalServerError", HTTPStatus.INTERNAL_SERVER_ERROR)
            case Fault.NOT_SENT:
                self.invocation.wait(CONNECT_TIMEOUT_SECONDS)
                raise ConnectTimeoutError(endpoint_url=self.manners.service)
            case Fault.ANSWER_LOST:
                self.network.loop.after(self.seconds, partial(_unheard, self.act))
                return self._time_out()
            case Fault.LANDS_LATE:
                self._land_later()
                return self._time_out()
            case Fault.KILL_BEFORE | Fault.KILL_SENT | Fault.KILL_AFTER:
                return self._die(fault)
            case _:
                self.invocation.wait(self.seconds)
                raise answered(fault, self.manners.throttle_code)

    def _exchange(self, there_seconds: float, back_seconds: float = 0.0) -> Answer:
        """Let the request land after a while, and wait for its answer to come back."""
        loop = self.network.loop
        arrived: list[Answer | ClientError] = []
        go_on = partial(self.invocation.resume, getcurrent().switch)

        def land() -> None:
            try:
                arrived.append(self.act())
            except ClientError as error:
                arrived.append(error)
            if back_seconds:
                loop.after(back_seconds, go_on)
            else:
                go_on()

        loop.after(there_seconds, land)
        loop.suspend()
        answer = arrived[0]
        if isinstance(answer, ClientError):
            raise answer
        return answer

    def _die(self, fault: Fault) -> NoReturn:
        loop, invocation = self.network.loop, self.invocation
        if fault is Fault.KILL_AFTER:
            loop.after(self.seconds, partial(_unheard, self.act))
            loop.after(self.seconds, partial(invocation.die, "killed"))
        else:
            if fault is Fault.KILL_SENT:
                self._land_later()
            invocation.die("killed")
        loop.suspend()
        raise AssertionError("nobody wakes a dead invocation")

    def _time_out(self) -> NoReturn:
        self.invocation.wait(self.manners.timeout_seconds)
        raise ReadTimeoutError(endpoint_url=self.manners.service)

    def _land_later(self) -> None:
        plan = self.network.plan
        seconds = plan.late_seconds.get(self.key)
        if seconds is None:
            most = plan.mix.late_seconds_max
            seconds = plan.chance.skewed(f"{self.key}/late", self.seconds, most)
        self.network.under_way += 1
        self.network.loop.after(seconds, self._land)

    def _land(self) -> None:
        self.network.under_way -= 1
        _unheard(self.act)


def _unheard(act: Callable[[], Answer]) -> None:
    """Let a request take effect that nobody waits for."""
    with suppress(ClientError):
        act()
