"""The sentences that people read when a job has ended, and what to try next.

One piece of advice for every reason code, so that no ending leaves its reader alone.
No decisions, no AWS calls.
"""

from __future__ import annotations

import signal
from types import MappingProxyType
from typing import TYPE_CHECKING

from headrace.jobs.job import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_CHARACTERS_MAX = 512
"""What a record keeps of ECS's own text."""

_SIGNAL_BASE = 128  # the shell's convention: killed by signal n exits with 128 + n

ADVICE: Mapping[ReasonCode, str] = MappingProxyType(
    {
        ReasonCode.OK: "",
        ReasonCode.EXIT_CODE: (
            "Read the task's log. If this exit code is worth another try, add a rule"
            " for it to the definition's retryStrategy."
        ),
        ReasonCode.OUT_OF_MEMORY: (
            "Give the job more memory, or add a larger step to the definition's list"
            " of memory sizes."
        ),
        ReasonCode.IMAGE_PULL: (
            "Check the image's name and tag, and that the task's execution role may"
            " pull it from its registry."
        ),
        ReasonCode.CAPACITY: (
            "Offer more subnets, another capacity in the definition's list or more"
            " instances, or ask AWS for a higher quota; then submit the job again."
        ),
        ReasonCode.THROTTLED: (
            "Lower the deployment's launch rate, or ask AWS for higher API limits;"
            " then submit the job again."
        ),
        ReasonCode.SPOT_INTERRUPTION: (
            "Raise the definition's infrastructure budget, or list on-demand capacity"
            " after Spot; then submit the job again."
        ),
        ReasonCode.INFRASTRUCTURE: (
            "Submit the job again. If it ends so again, look at the AWS Health"
            " Dashboard and at the cluster's instances."
        ),
        ReasonCode.INVALID_REQUEST: (
            "Correct the request and send it with a new idempotency key."
        ),
        ReasonCode.RUNTIME_LIMIT: (
            "Find out in the task's log what took so long, or raise timeoutSeconds in"
            " the definition."
        ),
        ReasonCode.START_LIMIT: (
            "Give the job a later start deadline or a longer start timeout, or more"
            " capacity."
        ),
        ReasonCode.STALLED: (
            "Find out in the task's log where it stopped making progress."
        ),
        ReasonCode.CANCELLED_BY_USER: "Submit the job again if it is wanted after all.",
        ReasonCode.CANCELLED_BY_POLICY: (
            "Change the request's concurrencyPolicy if both jobs should run."
        ),
        ReasonCode.DEPENDENCY_FAILED: (
            "Look at the job that it depends on; submit that one again, then this one."
        ),
        ReasonCode.STOPPED_EXTERNALLY: (
            "Find out in CloudTrail who called StopTask; cancel jobs through Headrace,"
            " so that their records say so."
        ),
        ReasonCode.LAUNCH_REJECTED: (
            "Correct the task definition, its roles or the deployment, as ECS's text"
            " says; then submit the job again."
        ),
        ReasonCode.NO_EXIT_CODE: (
            "Read the task's log to see how far it came; submit the job again if its"
            " work is not done."
        ),
        ReasonCode.LOST: (
            "Find out from the job's own results whether it ran. Set onUnknown: retry"
            " in the definition if running twice does no harm."
        ),
    }
)


def success_summary(container: str) -> str:
    """Return the sentence of a success, by the main container's name."""
    return f"Container {container!r} exited with 0."


def exit_text(exit_code: int) -> str:
    """Return an exit code for people, with the signal that it stands for."""
    try:
        name = signal.Signals(exit_code - _SIGNAL_BASE).name
    except ValueError:
        return str(exit_code)
    return f"{exit_code} ({name})"


def shortened(text: str) -> str:
    """Return a text as a record keeps it: at most `TEXT_CHARACTERS_MAX` characters."""
    if len(text) <= TEXT_CHARACTERS_MAX:
        return text
    return f"{text[: TEXT_CHARACTERS_MAX - 1]}…"
