"""The emulator behind: its clusters, its task definitions, clients for the rest."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CLUSTER_CACHE_SECONDS = 1.0
DEFINITION_CACHE_SECONDS = 2.0
CONNECTIONS_MAX = 16


class Upstream:
    """Makes each boto3 client on the upstream once.

    Args:
        url: The emulator's endpoint.
        region: The region to sign for.
    """

    def __init__(self, url: str, region: str) -> None:
        self.url = url.rstrip("/")
        self._session: Any = boto3.session.Session(
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - emulators take any
            region_name=region,
        )
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 clients have no static type here
        """Return the client of a service, such as ``sqs``."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(
                    service,
                    endpoint_url=self.url,
                    config=Config(
                        max_pool_connections=CONNECTIONS_MAX,
                        connect_timeout=3,
                        read_timeout=10,
                        retries={"mode": "standard", "total_max_attempts": 2},
                    ),
                )
            return self._clients[service]

    def close(self) -> None:
        """Let go of every connection."""
        with self._lock:
            clients, self._clients = self._clients, {}
        for each in clients.values():
            each.close()


class UpstreamCatalogue:
    """Clusters and task definitions as the upstream has them, briefly cached.

    Args:
        ecs: A boto3 ECS client on the upstream.
        monotonic: Counts the seconds that an answer stays cached.
    """

    def __init__(
        self,
        ecs: Any,  # noqa: ANN401 - boto3 clients have no static type here
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ecs = ecs
        self._monotonic = monotonic
        self._cached: dict[tuple[str, str], tuple[float, Mapping[str, Any]]] = {}

    def cluster(self, name_or_arn: str) -> Mapping[str, Any] | None:
        """Return the cluster as the upstream describes it, or None."""
        return self._get(
            ("cluster", name_or_arn), CLUSTER_CACHE_SECONDS, self._read_cluster
        )

    def task_definition(self, reference: str) -> Mapping[str, Any] | None:
        """Return the definition as the upstream describes it, or None."""
        return self._get(
            ("definition", reference), DEFINITION_CACHE_SECONDS, self._read_definition
        )

    def forget(self) -> None:
        """Drop what is cached, after a call that may have changed it."""
        self._cached.clear()

    def _get(
        self,
        key: tuple[str, str],
        seconds: float,
        read: Callable[[str], Mapping[str, Any] | None],
    ) -> Mapping[str, Any] | None:
        kept = self._cached.get(key)
        now = self._monotonic()
        if kept is not None and now - kept[0] < seconds:
            return kept[1]
        found = read(key[1])
        if found is None:  # absence is asked for again each time
            self._cached.pop(key, None)
        else:
            self._cached[key] = (now, found)
        return found

    def _read_cluster(self, name_or_arn: str) -> Mapping[str, Any] | None:
        answer = self._ecs.describe_clusters(clusters=[name_or_arn])
        found: list[Mapping[str, Any]] = answer.get("clusters") or []
        return found[0] if found else None

    def _read_definition(self, reference: str) -> Mapping[str, Any] | None:
        try:
            answer = self._ecs.describe_task_definition(
                taskDefinition=reference, include=["TAGS"]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in (
                "ClientException",
                "InvalidParameterException",
            ):
                return None
            raise
        definition: dict[str, Any] = answer["taskDefinition"]
        return {**definition, "tags": answer.get("tags") or []}
