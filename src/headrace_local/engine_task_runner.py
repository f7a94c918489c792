"""`TaskRunner` over a local ECS engine in this process: no HTTP, no real time.

The engine stands where a boto3 client would, beneath the very adapter that talks to
AWS, so that what a simulation finds holds for the adapter too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectionClosedError

from headrace.aws.ecs_runner import EcsRunner
from headrace_local.ecs import AnswerLostError, EcsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace.launches.launch import Placement
    from headrace_local.ecs import Engine

type JsonObject = dict[str, Any]

_METADATA = {"HTTPStatusCode": 200, "RetryAttempts": 0}


def engine_task_runner(
    engine: Engine, placement: Placement, untrusted: Placement | None = None
) -> EcsRunner:
    """Return a task runner over an engine; `engine.faults` decides what goes wrong."""
    calls = EngineCalls(engine)
    return EcsRunner(calls, calls, placement, untrusted)


class EngineCalls:
    """The engine, called as a boto3 ECS client is, with boto3's errors."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run_task(self, **request: Any) -> JsonObject:  # noqa: ANN401 - boto3's shape
        """Call RunTask once."""
        return _called("RunTask", self._engine.run_task, request)

    def stop_task(self, **request: Any) -> JsonObject:  # noqa: ANN401 - ditto
        """Call StopTask."""
        return _called("StopTask", self._engine.stop_task, request)

    def describe_tasks(self, **request: Any) -> JsonObject:  # noqa: ANN401 - ditto
        """Call DescribeTasks."""
        return _called("DescribeTasks", self._engine.describe_tasks, request)

    def list_tasks(self, **request: Any) -> JsonObject:  # noqa: ANN401 - ditto
        """Call ListTasks."""
        return _called("ListTasks", self._engine.list_tasks, request)


def _called(
    operation: str,
    call: Callable[[Mapping[str, Any]], JsonObject],
    request: Mapping[str, Any],
) -> JsonObject:
    """Call the engine and speak of it as botocore speaks of a server.

    Raises:
        ClientError: The engine answered with an error.
        ConnectionClosedError: Its answer was lost.
    """
    try:
        answer = call(request)
    except EcsError as error:
        response: Any = {
            "Error": {"Code": error.code, "Message": error.message},
            "ResponseMetadata": _METADATA | {"HTTPStatusCode": error.status},
            **error.members,
        }
        raise ClientError(response, operation) from error
    except AnswerLostError as error:
        raise ConnectionClosedError(
            endpoint_url=f"in this process: {operation}"
        ) from error
    return answer | {"ResponseMetadata": _METADATA}
