"""AWS clients for people's machines, made on first use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import NoRegionError, ProfileNotFound

from headrace_client.errors import NotConfiguredError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_sqs import SQSClient

CONNECT_SECONDS_MAX = 5
READ_SECONDS_MAX = 20
CALL_ATTEMPTS = 4

_VARIABLE_OF = {"logs": "cloudwatch_logs"}
"""Services whose AWS_ENDPOINT_URL_<SERVICE> is not named as their client is."""


@dataclass(slots=True)
class AwsClients:
    """Low-level clients with the caller's own credentials.

    Attributes:
        variables: AWS_REGION, AWS_PROFILE and the endpoints are read from here;
            credentials are found by boto3 itself.
        endpoint_url: Overrides every endpoint variable; None leaves them.
        call_attempts: How often a call is tried, where trying again may help.
    """

    variables: Mapping[str, str]
    endpoint_url: str | None = None
    call_attempts: int = CALL_ATTEMPTS
    _made: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def sqs(self) -> SQSClient:
        """For the request queue."""
        client: SQSClient = self._client("sqs")
        return client

    @property
    def dynamodb(self) -> DynamoDBClient:
        """For the job table."""
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @property
    def ecs(self) -> ECSClient:
        """For task definitions."""
        client: ECSClient = self._client("ecs")
        return client

    @property
    def cloudformation(self) -> CloudFormationClient:
        """For a stack's outputs."""
        client: CloudFormationClient = self._client("cloudformation")
        return client

    def of(self, service: str) -> Any:  # noqa: ANN401  # no stubs for these
        """Return the client of a service that only the doctor needs."""
        return self._client(service)

    def logs_in(self, region: str | None) -> Any:  # noqa: ANN401  # no stubs for it
        """Return a client of CloudWatch Logs; None is the usual region."""
        key = f"logs {region}"
        if key not in self._made:
            self._made[key] = self._make("logs", region)
        return self._made[key]

    def ecr_in(self, region: str | None) -> Any:  # noqa: ANN401  # no stubs for it
        """Return a client of ECR; None is the usual region."""
        key = f"ecr {region}"
        if key not in self._made:
            self._made[key] = self._make("ecr", region)
        return self._made[key]

    @property
    def region(self) -> str:
        """The region that is talked to."""
        name: str = self.sqs.meta.region_name
        return name

    def endpoint(self, service: str) -> str | None:
        """Return where a service is reached, if not at AWS's own address."""
        return (
            self.endpoint_url
            or self.variables.get(f"AWS_ENDPOINT_URL_{service.upper()}")
            or self.variables.get("AWS_ENDPOINT_URL")
        )

    def _client(self, service: str) -> Any:  # noqa: ANN401  # properties name it
        if service not in self._made:
            self._made[service] = self._make(service)
        return self._made[service]

    def _make(self, service: str, region: str | None = None) -> Any:  # noqa: ANN401  # properties name it
        variables = self.variables
        make: Any = None
        try:
            # boto3 knows AWS_DEFAULT_REGION only; other SDKs say AWS_REGION.
            make = boto3.Session(
                profile_name=variables.get("AWS_PROFILE"),
                region_name=region
                or variables.get("AWS_REGION")
                or variables.get("AWS_DEFAULT_REGION"),
            ).client
            return make(
                service,
                endpoint_url=self.endpoint(_VARIABLE_OF.get(service, service)),
                config=Config(
                    connect_timeout=CONNECT_SECONDS_MAX,
                    read_timeout=READ_SECONDS_MAX,
                    retries={
                        "mode": "standard",
                        "total_max_attempts": self.call_attempts,
                    },
                    user_agent_extra="headrace-client",
                ),
            )
        except NoRegionError as error:
            raise NotConfiguredError(
                "No AWS region is configured.",
                advice="Set AWS_REGION, or a region in the profile.",
            ) from error
        except ProfileNotFound as error:
            raise NotConfiguredError(
                f"{error}.", advice="Check AWS_PROFILE and ~/.aws/config."
            ) from error
        except ValueError as error:
            # All that botocore says of an address that is none.
            raise NotConfiguredError(
                f"{error}.",
                advice="Write --endpoint-url, or AWS_ENDPOINT_URL, as"
                " http://127.0.0.1:4566; without them AWS itself is used.",
            ) from error
