"""What the command line's exit codes mean; stable once released."""

from __future__ import annotations

from enum import IntEnum

import click

from headrace_client.errors import (
    ClientError,
    DeadlinePassedError,
    NotFoundError,
    RedriveRefusedError,
    RefusedError,
    RegistrationRefusedError,
    RerunRefusedError,
    ScheduleRefusedError,
    UnusableFileError,
)

_NO = (
    NotFoundError,
    RedriveRefusedError,
    RefusedError,
    RegistrationRefusedError,
    RerunRefusedError,
    ScheduleRefusedError,
)


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
    ExitCode.NO: "the job did not succeed, is not there, or a request, a definition"
    " or a schedule was refused; the doctor found something wrong; a dead letter stays",
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


_NO_OF = {
    "cancel": "there is no such job, or it ended otherwise before",
    "doctor": "something is wrong",
    "explain": "there is no such job",
    "list": "nothing could be listed",
    "logs": "there is no such job, or no such attempt",
    "plan": "the request would be rejected",
    "redrive": "a message is not there, was refused, or stays",
    "register": "a definition was refused; none was registered",
    "status": "there is no such job or rejection",
    "submit": "a request was refused, or the job that was watched did not succeed",
    "up": "the pipeline could not be brought up",
    "validate": "something would be refused, or could not run",
    "watch": "the job did not succeed, or there is none",
}
"""What 1 means, where it is less than `MEANINGS` says."""

_AWS = {"stack", "endpoint_url"}
_FILES = {"snapshot", "snapshot_path", "snapshot_file", "project"}


def codes_of(command: click.Command) -> dict[ExitCode, str]:
    """Return the codes that a command may end with, and what they mean there.

    Its options decide: only who talks to AWS is not answered, and only who waits has
    a deadline.
    """
    names = {str(parameter.name) for parameter in command.params}
    codes = {
        ExitCode.OK: "done; where a job was watched, it succeeded"
        if "watch" in names or "is_watched" in names
        else "done"
    }
    if names & (_AWS | _FILES) or command.name in _NO_OF:
        no = _NO_OF.get(command.name or "", "what was named is not there, or refused")
        codes[ExitCode.NO] = no
    codes[ExitCode.USAGE] = MEANINGS[ExitCode.USAGE]
    if names & _AWS:
        codes[ExitCode.UNREACHABLE] = MEANINGS[ExitCode.UNREACHABLE]
    elif "snapshot_path" in names:
        codes[ExitCode.UNREACHABLE] = "there is no snapshot, or it cannot be read"
    if names & _AWS and "deadline" in names and command.name != "doctor":
        codes[ExitCode.DEADLINE] = MEANINGS[ExitCode.DEADLINE]
    return codes | {ExitCode.INTERRUPTED: MEANINGS[ExitCode.INTERRUPTED]}


def tell_exit_codes(group: click.Group) -> None:
    """Add to the help of each command what its exit codes are.

    Groups that import their commands when they are asked for do so themselves.
    """
    for command in group.commands.values():
        if isinstance(command, click.Group):
            tell_exit_codes(command)
            continue
        lines = [
            f"  {int(code):>3}  {text}" for code, text in codes_of(command).items()
        ]
        block = "\n".join(["\b\nExit codes:", *lines])
        command.epilog = "\n\n".join(filter(None, (command.epilog, block)))
