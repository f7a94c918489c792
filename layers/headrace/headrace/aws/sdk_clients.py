"""The AWS SDK's clients, made of one botocore session.

boto3 would add nothing but its import: the adapters call low-level clients, and those
are botocore's own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import Any

from botocore.config import Config
from botocore.session import Session

from headrace.aws.ecs_runner import run_task_client_config
from headrace.aws.parameter_bucket import bucket_client_config

CONNECTIONS_MAX = 16
"""At least the threads of a batch: a smaller pool opens a connection per call."""

CLIENT_CONFIG = Config(
    connect_timeout=3,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 4},
    max_pool_connections=CONNECTIONS_MAX,
)

ANNOUNCE_CONFIG = CLIENT_CONFIG.merge(
    Config(retries={"mode": "standard", "total_max_attempts": 2})
)
"""The stage tries by itself, and an invocation has a minute for all of its calls."""


class SdkClients:
    """See `headrace.wiring.Clients`.

    What every invocation calls is made when it is asked for, which is while the
    function starts; the others are made at their first call.
    """

    def __init__(self) -> None:
        self._session = Session()
        self._making = Lock()  # a session is not for several threads at once

    @cached_property
    def dynamodb(self) -> Any:  # noqa: ANN401 - botocore's
        """DynamoDB."""
        return self._made("dynamodb", CLIENT_CONFIG)

    @cached_property
    def ecs(self) -> Any:  # noqa: ANN401 - stands in for botocore's
        """ECS, for everything but RunTask."""
        return _Later(lambda: self._made("ecs", CLIENT_CONFIG))

    @cached_property
    def ecs_once(self) -> Any:  # noqa: ANN401 - botocore's
        """ECS for RunTask."""
        return self._made("ecs", run_task_client_config())

    @cached_property
    def functions(self) -> Any:  # noqa: ANN401 - stands in for botocore's
        """Lambda."""
        return _Later(lambda: self._made("lambda", CLIENT_CONFIG))

    @cached_property
    def s3(self) -> Any:  # noqa: ANN401 - stands in for botocore's
        """S3, whose client takes long to make, and few jobs need it."""
        return _Later(lambda: self._made("s3", bucket_client_config(CONNECTIONS_MAX)))

    @cached_property
    def events(self) -> Any:  # noqa: ANN401 - botocore's
        """EventBridge."""
        return self._made("events", ANNOUNCE_CONFIG)

    @cached_property
    def workflows(self) -> Any:  # noqa: ANN401 - stands in for botocore's
        """Step Functions."""
        return _Later(lambda: self._made("stepfunctions", ANNOUNCE_CONFIG))

    @cached_property
    def queues(self) -> Any:  # noqa: ANN401 - stands in for botocore's
        """SQS."""
        return _Later(lambda: self._made("sqs", ANNOUNCE_CONFIG))

    def _made(self, service: str, config: Config) -> Any:  # noqa: ANN401 - botocore's
        with self._making:
            return self._session.create_client(service, config=config)


class _Later:
    """A client that is made when a method of it is first looked up."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the client has it
        with self._lock:
            return getattr(self._client, name)

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - botocore's
        return self._make()
