"""Settings: the only reader of the environment, one typed model per function.

A function that lacks one, or has one that makes no sense, fails at its cold start
with the variable's name, its limit and its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from headrace.errors import Misconfigured
from headrace.launches.launch import Placement
from headrace.windows import Profile

PREFIX = "HEADRACE_"
GROUP_PREFIX = "headrace:"


def _comma_list(text: object) -> object:
    if not isinstance(text, str):
        return text
    return tuple(part.strip() for part in text.split(",") if part.strip())


CommaList = Annotated[tuple[str, ...], BeforeValidator(_comma_list)]
SubnetIds = Annotated[
    tuple[str, ...],
    Field(min_length=1, max_length=16),  # ECS AwsVpcConfiguration: at most 16 subnets
    BeforeValidator(_comma_list),
]
Arn = Annotated[str, Field(pattern=r"^arn:[^:]+:[a-z-]+:[^:]*:[0-9]*:.+$")]

ArnOrNone = Annotated[str, Field(pattern=r"^(arn:[^:]+:[a-z-]+:[^:]*:[0-9]*:.+)?$")]


class StageSettings(BaseModel):
    """What every function needs.

    Attributes:
        deployment_id: The stack's own; part of every job id and task group.
        stack_name: Tells this deployment's metrics from another's.
        profile: Which scale of the protocol's windows is used.
        job_table_name: The table of jobs, rejections and definitions.
        retention_days: How long the record of an ended job is kept.
    """

    # A function reads one model of those here, and only that one is ever built.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    deployment_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
    stack_name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,127}$")]
    profile: Profile
    job_table_name: Annotated[str, Field(min_length=3, max_length=255)]
    retention_days: Annotated[int, Field(ge=15, le=3650)]

    @classmethod
    def variables(cls) -> frozenset[str]:
        """Return the environment variables that this function reads."""
        return frozenset(PREFIX + name.upper() for name in cls.model_fields)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings from an environment.

        Raises:
            Misconfigured: Names every variable that is missing or wrong.
        """
        values = {
            name: environment[PREFIX + name.upper()]
            for name in cls.model_fields
            if PREFIX + name.upper() in environment
        }
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            problems = [
                f"{PREFIX}{str(detail['loc'][0]).upper()}: {detail['msg']}"
                + ("" if detail["type"] == "missing" else f", is {detail['input']!r}")
                for detail in error.errors(include_url=False)
            ]
            raise Misconfigured("; ".join(problems)) from None


class RecordSettings(StageSettings):
    """What record needs.

    Attributes:
        cluster_arn: Whose tasks' state changes are ours.
        untrusted_cluster_arn: Whose are ours as well; empty means no such class.
        reconcile_function_name: Whom to wake for a retry.
    """

    cluster_arn: Arn
    untrusted_cluster_arn: ArnOrNone
    reconcile_function_name: Annotated[str, Field(min_length=1)]


class LaunchSettings(StageSettings):
    """What launching needs.

    Attributes:
        cluster_arn: Where tasks run.
        subnet_ids: Comma-separated in the environment, as the next one.
        security_group_ids: May be empty: then the VPC's default group.
        assign_public_ip: Whether tasks get a public address.
        untrusted_cluster_arn: Where untrusted jobs run; empty means nowhere.
        untrusted_subnet_ids: Theirs; empty where there is no such cluster.
        untrusted_security_group_ids: Theirs; likewise.
        launches_per_second: The account's share for this deployment; 0 means no
            limit of ours.
        launch_burst: Launches that may come at once.
    """

    cluster_arn: Arn
    subnet_ids: SubnetIds
    security_group_ids: CommaList
    assign_public_ip: Annotated[str, Field(pattern="^(ENABLED|DISABLED)$")]
    untrusted_cluster_arn: ArnOrNone
    untrusted_subnet_ids: CommaList
    untrusted_security_group_ids: CommaList
    launches_per_second: Annotated[float, Field(ge=0, le=10_000)]
    launch_burst: Annotated[int, Field(ge=1, le=100_000)]


class DispatchSettings(LaunchSettings):
    """What dispatch needs.

    Attributes:
        pinned_tenant: The only tenant of this queue; empty means any.
        reconcile_function_name: Whom to wake for a cancellation.
        parameter_bucket_name: Where parameters are kept that no container override
            can hold.
    """

    pinned_tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")]
    reconcile_function_name: Annotated[str, Field(min_length=1)]
    parameter_bucket_name: Annotated[str, Field(pattern=r"^[a-z0-9.-]{3,63}$")]


class AnnounceSettings(StageSettings):
    """What announce needs.

    Attributes:
        event_bus_name: Where events are published.
        announce_dead_letter_queue_url: Where what cannot be announced is kept.
    """

    event_bus_name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,256}$")]
    announce_dead_letter_queue_url: Annotated[str, Field(pattern="^https?://.+$")]


class ReconcileSettings(LaunchSettings):
    """What reconcile needs: launching, and nothing else."""


def trusted_placement(settings: StageSettings) -> Placement:
    """Return where trusted jobs run; a function that starts none knows less of it."""
    return Placement(
        cluster_arn=getattr(settings, "cluster_arn", ""),
        group=GROUP_PREFIX + settings.deployment_id,
        subnet_ids=getattr(settings, "subnet_ids", ()),
        security_group_ids=getattr(settings, "security_group_ids", ()),
        assign_public_ip=getattr(settings, "assign_public_ip", "DISABLED"),
    )


def untrusted_placement(settings: StageSettings) -> Placement | None:
    """Return where untrusted jobs run; None where the deployment has no such class."""
    cluster_arn = getattr(settings, "untrusted_cluster_arn", "")
    if not cluster_arn:
        return None
    return Placement(
        cluster_arn=cluster_arn,
        group=GROUP_PREFIX + settings.deployment_id,
        subnet_ids=getattr(settings, "untrusted_subnet_ids", ()),
        security_group_ids=getattr(settings, "untrusted_security_group_ids", ()),
        assign_public_ip="DISABLED",
    )
