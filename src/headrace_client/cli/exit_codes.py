"""What the command line's exit codes mean; stable once released."""

from __future__ import annotations

from enum import IntEnum

from headrace_client.errors import (
    ClientError,
    DeadlinePassedError,
    NotFoundError,
    RedriveRefusedError,
    RefusedError,
    RegistrationRefusedError,
    UnusableFileError,
)

_NO = NotFoundError, RedriveRefusedError, RefusedError, RegistrationRefusedError


class ExitCode(IntEnum):
    """How a command ended."""

    OK = 0
    NO = 1
    USAGE = 2
    UNREACHABLE = 3
    DEADLINE = 4
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done; where a job was watched, it succeeded",
    ExitCode.NO: "the job did not succeed, is not there, or a request or definition"
    " was refused; or the doctor found something wrong; or a dead letter stays",
    ExitCode.USAGE: "the command line is wrong, or a file that it names",
    ExitCode.UNREACHABLE: "not configured, or AWS did not answer or refused",
    ExitCode.DEADLINE: "the deadline passed before the job ended",
    ExitCode.INTERRUPTED: "interrupted (Ctrl-C)",
}


def exit_code_of(error: ClientError) -> ExitCode:
    """Return the code that an error ends the command with."""
    if isinstance(error, DeadlinePassedError):
        return ExitCode.DEADLINE
    if isinstance(error, UnusableFileError):
        return ExitCode.USAGE
    if isinstance(error, _NO):
        return ExitCode.NO
    return ExitCode.UNREACHABLE
