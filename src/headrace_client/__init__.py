"""The client of a Headrace deployment: submit, get, wait, list, cancel, register.

    from headrace_client import Headrace

    headrace = Headrace.connect(stack="headrace")
    submission = headrace.submit("hello", parameters={"name": "Ada"})
    end = headrace.wait(submission, deadline_seconds=60)

The command line `headrace` (`headrace_client.cli`) is a thin layer over these.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace_client.announcing import Replayed
    from headrace_client.client import Headrace
    from headrace_client.connection import Connection, connect
    from headrace_client.definitions import Activation, Definitions
    from headrace_client.deployment import Deployment
    from headrace_client.errors import (
        ClientError,
        DeadlinePassedError,
        FateUnknownError,
        NoLogsError,
        NotAllowedError,
        NotConfiguredError,
        NotFoundError,
        NotSentError,
        RedriveRefusedError,
        RefusedError,
        RegistrationRefusedError,
        RerunObstacle,
        RerunRefusedError,
        ScheduleRefusedError,
        UnreachableError,
        UnusableFileError,
        WouldRefuseError,
    )
    from headrace_client.explaining.explanation import Explanation
    from headrace_client.exporting import export_snapshot
    from headrace_client.job_logs.reading import LogChoice
    from headrace_client.job_logs.tails import LogLine
    from headrace_client.planning.plan import Plan, Undecided, plan
    from headrace_client.registration import Registrar, Registration
    from headrace_client.schedule_records import Schedule
    from headrace_client.schedules import Schedules
    from headrace_client.snapshot import Snapshot
    from headrace_client.snapshot_file import read_snapshot, write_snapshot
    from headrace_client.submission import NewJob, Submission, SubmitResult, Tally
    from headrace_client.validation import Checked, Problem, validate

__all__ = [
    "Activation",
    "Checked",
    "ClientError",
    "Connection",
    "DeadlinePassedError",
    "Definitions",
    "Deployment",
    "Explanation",
    "FateUnknownError",
    "Headrace",
    "LogChoice",
    "LogLine",
    "NewJob",
    "NoLogsError",
    "NotAllowedError",
    "NotConfiguredError",
    "NotFoundError",
    "NotSentError",
    "Plan",
    "Problem",
    "RedriveRefusedError",
    "RefusedError",
    "Registrar",
    "Registration",
    "RegistrationRefusedError",
    "Replayed",
    "RerunObstacle",
    "RerunRefusedError",
    "Schedule",
    "ScheduleRefusedError",
    "Schedules",
    "Snapshot",
    "Submission",
    "SubmitResult",
    "Tally",
    "Undecided",
    "UnreachableError",
    "UnusableFileError",
    "WouldRefuseError",
    "connect",
    "export_snapshot",
    "plan",
    "read_snapshot",
    "validate",
    "write_snapshot",
]

_HOMES = {
    "Replayed": "announcing",
    "Explanation": "explaining.explanation",
    "Headrace": "client",
    "LogChoice": "job_logs.reading",
    "LogLine": "job_logs.tails",
    "Connection": "connection",
    "connect": "connection",
    "Activation": "definitions",
    "Definitions": "definitions",
    "Deployment": "deployment",
    "NewJob": "submission",
    "SubmitResult": "submission",
    "Tally": "submission",
    "Checked": "validation",
    "Problem": "validation",
    "Plan": "planning.plan",
    "Registrar": "registration",
    "Registration": "registration",
    "Schedule": "schedule_records",
    "Schedules": "schedules",
    "Snapshot": "snapshot",
    "Submission": "submission",
    "Undecided": "planning.plan",
    "export_snapshot": "exporting",
    "plan": "planning.plan",
    "read_snapshot": "snapshot_file",
    "validate": "validation",
    "write_snapshot": "snapshot_file",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: `--help` needs no boto3."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(f"{__name__}.{_HOMES.get(name, 'errors')}")
    return getattr(home, name)
