"""The names of one deployment: where requests go and where records are.

Read from variables or from a stack's outputs. No AWS calls here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from headrace_client.errors import NotConfiguredError
from headrace_client.redrive.queues import urls_from

DEFAULT_JOB_FAMILY_PREFIX = "headrace-job-"  # template.yaml, JobFamilyPrefix
DEFAULT_JOB_ROLE_PATH = "/headrace/jobs/"  # template.yaml, JobRolePath

_SOURCES = {
    "request_queue_url": ("HEADRACE_REQUEST_QUEUE_URL", "RequestQueueUrl"),
    "job_table_name": ("HEADRACE_JOB_TABLE_NAME", "JobTableName"),
    "deployment_id": ("HEADRACE_DEPLOYMENT_ID", "DeploymentId"),
}
_OPTIONAL_SOURCES = {
    "dispatch_function_name": (
        "HEADRACE_DISPATCH_FUNCTION_NAME",
        "DispatchFunctionName",
    ),
    "announce_function_name": (
        "HEADRACE_ANNOUNCE_FUNCTION_NAME",
        "AnnounceFunctionName",
    ),
    "job_family_prefix": ("HEADRACE_JOB_FAMILY_PREFIX", "JobFamilyPrefix"),
    "job_role_path": ("HEADRACE_JOB_ROLE_PATH", "JobRolePath"),
    "untrusted_job_family_prefix": (
        "HEADRACE_UNTRUSTED_JOB_FAMILY_PREFIX",
        "UntrustedJobFamilyPrefix",
    ),
    "launches_per_second": ("HEADRACE_LAUNCHES_PER_SECOND", "LaunchesPerSecond"),
    "untrusted_job_role_path": (
        "HEADRACE_UNTRUSTED_JOB_ROLE_PATH",
        "UntrustedJobRolePath",
    ),
    "task_event_queue_url": ("HEADRACE_TASK_EVENT_QUEUE_URL", "TaskEventQueueUrl"),
    "dispatch_log_group": ("HEADRACE_DISPATCH_LOG_GROUP", "DispatchLogGroupName"),
    "record_log_group": ("HEADRACE_RECORD_LOG_GROUP", "RecordLogGroupName"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One deployment's names.

    Attributes:
        request_queue_url: Where job requests are sent.
        job_table_name: Where jobs, rejections and definitions are.
        deployment_id: Part of every job id.
        dispatch_function_name: Whose settings say where and how fast jobs run; empty
            where nobody said.
        announce_function_name: Who publishes events again; empty likewise.
        job_family_prefix: Task definition families that may be started begin so.
        job_role_path: The path of the roles that may be handed to a task.
        untrusted_job_family_prefix: Those of untrusted jobs; empty where the
            deployment has no cluster for such jobs.
        untrusted_job_role_path: Of their execution roles; empty likewise.
        launches_per_second: As text; 0 is no limit, empty where nobody told.
        dead_letter_queue_urls: By what `headrace_client.redrive.QUEUES` calls them;
            those that are named. They, and the next, are for `headrace redrive` only.
        task_event_queue_url: Where task events are sent back; empty where not named.
        dispatch_log_group: The log of dispatch; empty likewise.
        record_log_group: The log of record; empty likewise.
    """

    request_queue_url: str
    job_table_name: str
    deployment_id: str
    dispatch_function_name: str = ""
    announce_function_name: str = ""
    job_family_prefix: str = DEFAULT_JOB_FAMILY_PREFIX
    job_role_path: str = DEFAULT_JOB_ROLE_PATH
    untrusted_job_family_prefix: str = ""
    untrusted_job_role_path: str = ""
    launches_per_second: str = ""
    dead_letter_queue_urls: Mapping[str, str] = field(default_factory=dict)
    task_event_queue_url: str = ""
    dispatch_log_group: str = ""
    record_log_group: str = ""

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> Self:
        """Return the deployment that HEADRACE_* variables name.

        Raises:
            NotConfiguredError: Some are not set; the error names them all.
        """
        missing = [name for name, _ in _SOURCES.values() if not variables.get(name)]
        if missing:
            raise NotConfiguredError(
                f"No deployment is configured: {_listed(missing)} not set.",
                advice=(
                    "For a laptop, run `headrace local up` and paste the export lines"
                    " it prints; for AWS, name the stack: --stack NAME."
                ),
            )
        return cls(
            **_present(variables, 0),
            dead_letter_queue_urls=urls_from(variables, is_stack=False),
        )

    @classmethod
    def from_outputs(cls, stack: str, outputs: Mapping[str, str]) -> Self:
        """Return the deployment that a stack's outputs describe.

        Raises:
            NotConfiguredError: Some are missing, so that it is no Headrace stack.
        """
        missing = [output for _, output in _SOURCES.values() if output not in outputs]
        if missing:
            raise NotConfiguredError(
                f"The stack {stack!r} is no Headrace deployment, or not a finished"
                f" one: output {_listed(missing)} missing.",
                advice="Check the stack's name and that its deployment succeeded.",
            )
        return cls(
            **_present(outputs, 1),
            dead_letter_queue_urls=urls_from(outputs, is_stack=True),
        )


def _present(values: Mapping[str, str], source: int) -> dict[str, Any]:
    named = {
        field: both[source] for field, both in (_SOURCES | _OPTIONAL_SOURCES).items()
    }
    return {field: values[name] for field, name in named.items() if values.get(name)}


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last} are" if first else f"{last} is"
