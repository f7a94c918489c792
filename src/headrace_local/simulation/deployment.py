"""The simulated deployment: template.yaml's figures, settings and definitions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from headrace.aws.definition_item import active_key, definition_to_item, version_key
from headrace.definitions.definition import RegisteredDefinition
from headrace.definitions.registration import parse_definition
from headrace.definitions.resolved import ResolvedContainer, ResolvedTaskDefinition
from headrace_local.simulation.loop import START_AT
from headrace_local.simulation.releases import project_root
from headrace_local.template import read_template

if TYPE_CHECKING:
    from collections.abc import Mapping

REGION = "eu-west-1"
ACCOUNT_ID = "123456789012"
CLUSTER_NAME = "headrace"
CLUSTER_ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:cluster/{CLUSTER_NAME}"
DEPLOYMENT_ID = "5b1c0fd0-3c5e-11ef-9a5b-0e1d2c3b4a5f"
GROUP = f"headrace:{DEPLOYMENT_ID}"
TABLE_NAME = "headrace-jobs"
PARAMETER_BUCKET_NAME = "headrace-parameters"
FAMILY_PREFIX = "headrace-job-"
ROLES_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/headrace/jobs/"
UNTRUSTED_ROLES_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/untrusted/headrace/jobs/"
UNTRUSTED_CLUSTER_NAME = "headrace-untrusted"
UNTRUSTED_CLUSTER_ARN = (
    f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:cluster/{UNTRUSTED_CLUSTER_NAME}"
)
UNTRUSTED_FAMILY_PREFIX = "untrusted-job-"
UNTRUSTED_SUBNET_IDS = ("subnet-0c", "subnet-0d")
SUBNET_IDS = ("subnet-0a", "subnet-0b")
STREAM_BATCH_MAX = 100
LETTERS_NAME = "announce-dead"
LETTERS_URL = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT_ID}/{LETTERS_NAME}"
TIMEOUT_SECONDS_MAX = 1_500
"""The longest `timeoutSeconds` of the definitions below."""

SETTINGS: Mapping[str, str] = {
    "HEADRACE_DEPLOYMENT_ID": DEPLOYMENT_ID,
    "HEADRACE_STACK_NAME": "headrace",
    "HEADRACE_PROFILE": "standard",
    "HEADRACE_JOB_TABLE_NAME": TABLE_NAME,
    "HEADRACE_RETENTION_DAYS": "35",
    "HEADRACE_RECONCILE_FUNCTION_NAME": "reconcile",
    "HEADRACE_CLUSTER_ARN": CLUSTER_ARN,
    "HEADRACE_SUBNET_IDS": ",".join(SUBNET_IDS),
    "HEADRACE_SECURITY_GROUP_IDS": "",
    "HEADRACE_ASSIGN_PUBLIC_IP": "DISABLED",
    "HEADRACE_UNTRUSTED_CLUSTER_ARN": UNTRUSTED_CLUSTER_ARN,
    "HEADRACE_UNTRUSTED_SUBNET_IDS": ",".join(UNTRUSTED_SUBNET_IDS),
    "HEADRACE_UNTRUSTED_SECURITY_GROUP_IDS": "sg-0c",
    "HEADRACE_LAUNCHES_PER_SECOND": "0",
    "HEADRACE_LAUNCH_BURST": "1",
    "HEADRACE_PINNED_TENANT": "",
    "HEADRACE_PARAMETER_BUCKET_NAME": PARAMETER_BUCKET_NAME,
    "HEADRACE_EVENT_BUS_NAME": "default",
    "HEADRACE_ANNOUNCE_DEAD_LETTER_QUEUE_URL": LETTERS_URL,
}

_PARAMETERS = {
    "type": "object",
    "properties": {
        "date": {"type": "string", "maxLength": 40},
        "notes": {"type": "string", "maxLength": 20_000},
    },
    "required": ["date"],
    "additionalProperties": False,
}


UNTRUSTED = frozenset({"slow"})
"""Definitions of the untrusted class; the others are trusted."""


def family_of(name: str) -> str:
    """Return the task definition family of a definition, which tells its class."""
    prefix = UNTRUSTED_FAMILY_PREFIX if name in UNTRUSTED else FAMILY_PREFIX
    return f"{prefix}{name}"


def roles_of(name: str) -> dict[str, str]:
    """Return the roles of a definition's task; an untrusted one has no task role."""
    if name in UNTRUSTED:
        return {"executionRoleArn": f"{UNTRUSTED_ROLES_ARN}start"}
    return {
        "taskRoleArn": f"{ROLES_ARN}{name}",
        "executionRoleArn": f"{ROLES_ARN}start",
    }


def name_of(family: str) -> str:
    """Return the definition that a family is the task definition of."""
    trusted = family.removeprefix(FAMILY_PREFIX)
    return trusted.removeprefix(UNTRUSTED_FAMILY_PREFIX)


def _document(name: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "name": name,
        "owner": "simulation",
        "taskDefinition": family_of(name),
        **({"isolation": "untrusted"} if name in UNTRUSTED else {}),
        "container": "main",
        "command": ["work", "--date", "Ref::date"],
        "parameters": _PARAMETERS,
        "timeoutSeconds": 600,
        **changes,
    }


_TWICE = {
    "attempts": 2,
    "infrastructureRetries": 2,
    "rules": [{"onExitCode": "1", "action": "RETRY"}],
    "backoff": {"initialSeconds": 5, "maxSeconds": 60},
}
_OFTEN = {
    "attempts": 3,
    "infrastructureRetries": 5,
    "rules": [
        {"onExitCode": "1|137", "action": "RETRY"},
        {"onReason": "*CannotPull*", "action": "RETRY"},
    ],
    "backoff": {"initialSeconds": 1, "maxSeconds": 30},
}
_NEVER = {"attempts": 1, "infrastructureRetries": 0}

DOCUMENTS: Mapping[str, dict[str, Any]] = {
    "once": _document("once", retryStrategy=_NEVER, timeoutSeconds=120),
    "twice": _document("twice", retryStrategy=_TWICE, startTimeoutSeconds=300),
    "often": _document(
        "often", retryStrategy=_OFTEN, capacity=["FARGATE_SPOT", "FARGATE"]
    ),
    "slow": _document("slow", retryStrategy=_TWICE, timeoutSeconds=TIMEOUT_SECONDS_MAX),
    "daring": _document("daring", retryStrategy=_TWICE, onUnknown="retry"),
    "attended": _document("attended", retryStrategy=_TWICE),
}
"""The catalogue, as its owners wrote it. `attended` has a sidecar."""

DARING = frozenset({"daring"})
"""Definitions that may run twice where evidence was destroyed."""


@cache
def containers_of(name: str) -> tuple[Mapping[str, Any], ...]:
    """Return the containers of a definition's task definition."""
    main: dict[str, Any] = {"name": "main", "image": "work", "essential": True}
    if name != "attended":
        return (main,)
    proxy = {"name": "proxy", "image": "proxy", "essential": True}
    notes = {"name": "notes", "image": "notes", "essential": False}
    return (main, proxy, notes)


def task_definition_of(name: str) -> dict[str, Any]:
    """Return the parameters of RegisterTaskDefinition for a definition."""
    return {
        "family": family_of(name),
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        **roles_of(name),
        "containerDefinitions": list(containers_of(name)),
    }


@cache
def definition_items() -> tuple[Mapping[str, Any], ...]:
    """Return the table's items of the catalogue, all of them active."""
    items: list[Mapping[str, Any]] = []
    for name, document in DOCUMENTS.items():
        registered = RegisteredDefinition(
            definition=parse_definition(document),
            version=1,
            resolved=_resolved(name),
            registered_at=START_AT,
        )
        own_keys = (version_key(name, 1), active_key(name))
        items += [definition_to_item(registered, key) for key in own_keys]
    return tuple(items)


def _resolved(name: str) -> ResolvedTaskDefinition:
    family = family_of(name)
    return ResolvedTaskDefinition(
        arn=f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task-definition/{family}:1",
        family=family,
        containers=tuple(
            ResolvedContainer(name=each["name"], essential=each["essential"])
            for each in containers_of(name)
        ),
        cpu=256,
        memory=512,
        task_role_arn=roles_of(name).get("taskRoleArn"),
        execution_role_arn=roles_of(name)["executionRoleArn"],
        requires_compatibilities=("FARGATE",),
        network_mode="awsvpc",
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """What template.yaml says of functions and queues.

    Attributes:
        table: The parameters of CreateTable.
        statuses: The task statuses that the rule lets through.
    """

    table: Mapping[str, Any]
    timeout_seconds: int
    visibility_seconds: int
    receives_max: int
    batch_max: int
    statuses: frozenset[str]


@cache
def figures() -> Figures:
    """Read the template's figures.

    Raises:
        BrokenTemplateError: There is no template where this checkout has one.
    """
    template = read_template(project_root() / "template.yaml")
    resources = template["Resources"]
    table = resources["JobTable"]["Properties"]
    queue = resources["RequestQueue"]["Properties"]
    events = resources["DispatchFunction"]["Properties"]["Events"]
    sources = [each["Properties"] for each in events.values()]
    detail = resources["TaskEventRule"]["Properties"]["EventPattern"]["detail"]
    kept = ("KeySchema", "AttributeDefinitions", "BillingMode")
    return Figures(
        table={"TableName": TABLE_NAME}
        | {key: table[key] for key in (*kept, "GlobalSecondaryIndexes")},
        timeout_seconds=template["Globals"]["Function"]["Timeout"],
        visibility_seconds=queue["VisibilityTimeout"],
        receives_max=queue["RedrivePolicy"]["maxReceiveCount"],
        batch_max=sources[0]["BatchSize"],
        statuses=frozenset(detail["lastStatus"]),
    )
