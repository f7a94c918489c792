"""Environments of functions, complete: a test names only what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builders import CLUSTER_ARN, DEPLOYMENT_ID

if TYPE_CHECKING:
    from headrace.settings import StageSettings

_VALUES = {
    "HEADRACE_DEPLOYMENT_ID": DEPLOYMENT_ID,
    "HEADRACE_STACK_NAME": "headrace",
    "HEADRACE_PROFILE": "standard",
    "HEADRACE_JOB_TABLE_NAME": "headrace-jobs",
    "HEADRACE_RETENTION_DAYS": "35",
    "HEADRACE_CLUSTER_ARN": CLUSTER_ARN,
    "HEADRACE_SUBNET_IDS": "subnet-0a1b2c3d",
    "HEADRACE_SECURITY_GROUP_IDS": "sg-0a1b2c3d",
    "HEADRACE_ASSIGN_PUBLIC_IP": "ENABLED",
    "HEADRACE_UNTRUSTED_CLUSTER_ARN": "",
    "HEADRACE_UNTRUSTED_SUBNET_IDS": "",
    "HEADRACE_UNTRUSTED_SECURITY_GROUP_IDS": "",
    "HEADRACE_LAUNCHES_PER_SECOND": "2.5",
    "HEADRACE_LAUNCH_BURST": "20",
    "HEADRACE_PARAMETER_BUCKET_NAME": "headrace-parameters",
    "HEADRACE_PINNED_TENANT": "",
    "HEADRACE_RECONCILE_FUNCTION_NAME": "headrace-reconcile",
    "HEADRACE_EVENT_BUS_NAME": "default",
    "HEADRACE_ANNOUNCE_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/q",
}


def an_environment(model: type[StageSettings]) -> dict[str, str]:
    """Return every variable that a function reads, and no other."""
    return {name: _VALUES[name] for name in sorted(model.variables())}
