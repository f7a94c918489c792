"""The closed list of causes: what keeps a job where it is, or what ended it. Pure."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Cause(StrEnum):
    """What stands in a job's way, what it is doing, or what decided its end."""

    SCHEDULED = "SCHEDULED"
    BACKLOG = "BACKLOG"
    LAUNCH_BUDGET = "LAUNCH_BUDGET"
    THROTTLED = "THROTTLED"
    CAPACITY = "CAPACITY"
    BACKOFF_BY_RULE = "BACKOFF_BY_RULE"
    BACKOFF_FOR_MEMORY = "BACKOFF_FOR_MEMORY"
    BACKOFF_FOR_LAUNCH = "BACKOFF_FOR_LAUNCH"
    BACKOFF_TRY_LATER = "BACKOFF_TRY_LATER"
    LIMIT = "LIMIT"
    LAUNCH_SENT = "LAUNCH_SENT"
    LAUNCH_SEARCHED = "LAUNCH_SEARCHED"
    LAUNCH_REPLAYED = "LAUNCH_REPLAYED"
    LAUNCH_DOUBTED = "LAUNCH_DOUBTED"
    LAUNCH_UNPROVABLE = "LAUNCH_UNPROVABLE"
    TASK_STARTING = "TASK_STARTING"
    TASK_RUNNING = "TASK_RUNNING"
    SPOT_WARNED = "SPOT_WARNED"
    TASK_MISSING = "TASK_MISSING"
    CANCEL_ASKED = "CANCEL_ASKED"
    STOP_ASKED = "STOP_ASKED"
    STOP_IGNORED = "STOP_IGNORED"
    SUCCEEDED = "SUCCEEDED"
    NO_RULE = "NO_RULE"
    RULE_FAILS = "RULE_FAILS"
    ATTEMPTS_USED = "ATTEMPTS_USED"
    LARGEST_MEMORY = "LARGEST_MEMORY"
    LAUNCHES_USED = "LAUNCHES_USED"
    REJECT_EXIT_CODE = "REJECT_EXIT_CODE"
    NEVER_STARTS = "NEVER_STARTS"
    IMAGE_FAILED_TWICE = "IMAGE_FAILED_TWICE"
    LAUNCH_REFUSED = "LAUNCH_REFUSED"
    NOWHERE_TO_RUN = "NOWHERE_TO_RUN"
    NO_TASK_MADE = "NO_TASK_MADE"
    STOPPED_EXTERNALLY = "STOPPED_EXTERNALLY"
    RUN_TIMEOUT = "RUN_TIMEOUT"
    START_TIMEOUT = "START_TIMEOUT"
    START_DEADLINE = "START_DEADLINE"
    CANCELLED = "CANCELLED"
    LOST = "LOST"
    ENDED = "ENDED"
    REJECTED = "REJECTED"
    NO_RECORD = "NO_RECORD"


MEANINGS: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.SCHEDULED: "Its scheduledAt has not come.",
        Cause.BACKLOG: "Others wait as well; reconcile launches them in turn.",
        Cause.LAUNCH_BUDGET: "The deployment's launches per second were used up.",
        Cause.THROTTLED: "ECS limited the rate of RunTask; nothing was used up.",
        Cause.CAPACITY: "ECS had no room for its task.",
        Cause.BACKOFF_BY_RULE: "It failed, and a retry rule gives it another attempt.",
        Cause.BACKOFF_FOR_MEMORY: "It ran out of memory, and gets the next size.",
        Cause.BACKOFF_FOR_LAUNCH: "The infrastructure failed; a new launch follows.",
        Cause.BACKOFF_TRY_LATER: "It exited with a code that means: nothing to do yet.",
        Cause.LIMIT: "A limit, a dependency or an operator holds it.",
        Cause.LAUNCH_SENT: "RunTask was sent, and no report of its task has come yet.",
        Cause.LAUNCH_SEARCHED: "No report came in time; reconcile looks for the task.",
        Cause.LAUNCH_REPLAYED: "The same RunTask was sent again, and is not confirmed.",
        Cause.LAUNCH_DOUBTED: "A refusal came after an unanswered send; proof is due.",
        Cause.LAUNCH_UNPROVABLE: "ECS may have forgotten the task: nobody can tell.",
        Cause.TASK_STARTING: "ECS took the launch and prepares the task.",
        Cause.TASK_RUNNING: "The task runs.",
        Cause.SPOT_WARNED: "The task runs, and AWS is about to take its capacity away.",
        Cause.TASK_MISSING: "ECS does not show the task any more.",
        Cause.CANCEL_ASKED: "It is to be cancelled; its task is not stopped yet.",
        Cause.STOP_ASKED: "Headrace asked ECS to stop the task, and it has not yet.",
        Cause.STOP_IGNORED: "The task goes on long after it was to stop.",
        Cause.SUCCEEDED: "The main container exited with 0.",
        Cause.NO_RULE: "It failed, and no retry rule matched, which means fail.",
        Cause.RULE_FAILS: "It failed, and the retry rule that matched says FAIL.",
        Cause.ATTEMPTS_USED: "It failed on its last attempt.",
        Cause.LARGEST_MEMORY: "It ran out of memory at the largest size there is.",
        Cause.LAUNCHES_USED: "The infrastructure failed once too often.",
        Cause.REJECT_EXIT_CODE: "It exited with a code that means: never retry.",
        Cause.NEVER_STARTS: "ECS can never start its task as it is defined.",
        Cause.IMAGE_FAILED_TWICE: "Its image could not be had in two launches.",
        Cause.LAUNCH_REFUSED: "ECS refused RunTask for good.",
        Cause.NOWHERE_TO_RUN: "This deployment has no place for such a job.",
        Cause.NO_TASK_MADE: "ECS made no task in as many launches as it may have.",
        Cause.STOPPED_EXTERNALLY: "Somebody else stopped the task.",
        Cause.RUN_TIMEOUT: "It ran longer than timeoutSeconds.",
        Cause.START_TIMEOUT: "Its task did not start in startTimeoutSeconds.",
        Cause.START_DEADLINE: "It was not running at its start deadline.",
        Cause.CANCELLED: "Somebody cancelled it.",
        Cause.LOST: "Nobody knows how it ended.",
        Cause.ENDED: "It ended as its record says; its definition cannot be read.",
        Cause.REJECTED: "The request was never accepted.",
        Cause.NO_RECORD: "There is no job and no rejection of that id.",
    }
)
"""Each cause in one sentence; docs/explain.md shows the same."""
