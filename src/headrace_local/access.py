"""How to reach a running pipeline's AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from headrace_local.emulator import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

CALL_SECONDS_MAX = 75.0  # longer than a function may run, as Invoke waits for it
CONNECTIONS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccess:
    """The two endpoints of a pipeline."""

    emulator_endpoint: str
    ecs_endpoint: str

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's type depends on the name
        """Return a new boto3 client; this process's own environment has no part."""
        session = boto3.Session(
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            region_name=REGION,
        )
        is_ecs = service == "ecs"
        return session.client(
            service,  # type: ignore[call-overload] # any service
            endpoint_url=self.ecs_endpoint if is_ecs else self.emulator_endpoint,
            config=Config(
                read_timeout=CALL_SECONDS_MAX, max_pool_connections=CONNECTIONS_MAX
            ),
        )

    def variables(self) -> Mapping[str, str]:
        """Return the environment variables by which any AWS SDK uses this."""
        return {
            "AWS_ENDPOINT_URL": self.emulator_endpoint,
            "AWS_ENDPOINT_URL_ECS": self.ecs_endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        }
