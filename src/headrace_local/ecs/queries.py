"""DescribeTasks and ListTasks over the tasks that ECS still remembers."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from headrace_local.ecs.catalogue import short_name
from headrace_local.ecs.errors import EcsError, invalid
from headrace_local.ecs.tasks import RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from headrace_local.ecs.settings import EngineSettings
    from headrace_local.ecs.tasks import TaskRecord

DESCRIBED_TASKS_MAX = 100
PAGE_TASKS_MAX = 100
DESIRED_STATUSES = frozenset({"RUNNING", "PENDING", "STOPPED"})
LAUNCH_TYPES = frozenset({"EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"})

# What `startedBy` excludes (API_ListTasks: "it must be the only filter that you use").
_OTHER_FILTERS = (
    "containerInstance",
    "daemonName",
    "desiredStatus",
    "family",
    "launchType",
    "serviceName",
)


def task_arn(cluster_arn: str, reference: str) -> str:
    """Return the ARN that a task id or ARN means on a cluster."""
    if reference.startswith("arn:"):
        return reference
    prefix = cluster_arn.replace(":cluster/", ":task/", 1)
    return f"{prefix}/{short_name(reference)}"


def describe_tasks(
    tasks: Mapping[str, TaskRecord],
    cluster_arn: str,
    request: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """Answer DescribeTasks.

    Raises:
        EcsError: When no task is named, or more than 100 are.
    """
    references = request.get("tasks") or ()
    if not references:
        raise invalid("Tasks cannot be empty.")
    if len(references) > DESCRIBED_TASKS_MAX:
        raise invalid(f"Tasks length must be at most {DESCRIBED_TASKS_MAX}.")
    with_tags = "TAGS" in (request.get("include") or ())
    found, failures = [], []
    for arn in dict.fromkeys(task_arn(cluster_arn, each) for each in references):
        task = tasks.get(arn)
        is_hidden = task is not None and _is_before(now, task.missing_until_at)
        if task is None or is_hidden or task.cluster_arn != cluster_arn:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(task.view(with_tags=with_tags))
    return {"tasks": found, "failures": failures}


def list_tasks(
    tasks: Iterable[TaskRecord],
    cluster_arn: str,
    request: Mapping[str, Any],
    settings: EngineSettings,
    now: datetime,
) -> dict[str, Any]:
    """Answer ListTasks.

    Raises:
        EcsError: When the filters or the page are not what ECS takes.
    """
    _check_filters(request, settings)
    page_size = _page_size(request)
    matching = [
        each.arn
        for each in tasks
        if each.cluster_arn == cluster_arn
        and not _is_before(now, each.unlisted_until_at)
        and _matches(each, request)
    ]
    begin = _read_token(request.get("nextToken"), matching)
    page = matching[begin : begin + page_size]
    answer: dict[str, Any] = {"taskArns": page}
    if begin + page_size < len(matching):
        answer["nextToken"] = base64.urlsafe_b64encode(page[-1].encode()).decode()
    return answer


def _is_before(now: datetime, end_at: datetime | None) -> bool:
    return end_at is not None and now < end_at


def _check_filters(request: Mapping[str, Any], settings: EngineSettings) -> None:
    if request.get("startedBy"):
        allowed = (
            {"desiredStatus"} if settings.started_by_allows_desired_status else set()
        )
        others = [
            each for each in _OTHER_FILTERS if request.get(each) and each not in allowed
        ]
        if others:
            raise invalid(
                f"startedBy must be the only filter, but {others[0]} was given too."
            )
    if request.get("serviceName"):
        raise EcsError("ServiceNotFoundException")
    status = request.get("desiredStatus")
    if status is not None and status not in DESIRED_STATUSES:
        raise invalid(
            f"desiredStatus must be RUNNING, PENDING or STOPPED, not {status}."
        )
    launch_type = request.get("launchType")
    if launch_type is not None and launch_type not in LAUNCH_TYPES:
        raise invalid(f"launchType {launch_type} is unknown.")


def _page_size(request: Mapping[str, Any]) -> int:
    size = request.get("maxResults")
    if size is None:
        return PAGE_TASKS_MAX
    if not isinstance(size, int) or not 1 <= size <= PAGE_TASKS_MAX:
        raise invalid(f"maxResults must be between 1 and {PAGE_TASKS_MAX}, not {size}.")
    return size


def _matches(task: TaskRecord, request: Mapping[str, Any]) -> bool:
    wanted = request.get("desiredStatus") or RUNNING
    # ECS never sets a task's desired status to PENDING, so that lists nothing.
    if task.desired_status != wanted:
        return False
    family = request.get("family")
    if family is not None and task.family != family:
        return False
    started_by = request.get("startedBy")
    if started_by and task.started_by != started_by:
        return False
    launch_type = request.get("launchType")
    if launch_type is not None and task.launch_type != launch_type:
        return False
    return not request.get("containerInstance") and not request.get("daemonName")


def _read_token(token: str | None, matching: list[str]) -> int:
    """Return where the page begins: behind the task that the token names.

    The task may have gone from the list since; then the page begins where it stood,
    as near as the list can tell.
    """
    if not token:
        return 0
    try:
        last = base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise invalid("Invalid token in request") from error
    if last in matching:
        return matching.index(last) + 1
    raise invalid("Invalid token in request")
