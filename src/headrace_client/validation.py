"""Checking files before they are used: requests by a snapshot, definitions alone.

For a publisher's CI: no AWS and no network. Every problem has a file and a line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from headrace.errors import InvalidDefinition
from headrace.requests.rejection import Rejection
from headrace_client.definition_files import read_definition_file
from headrace_client.errors import UnusableFileError
from headrace_client.planning.plan import Plan, plan
from headrace_client.yaml_documents import UnreadableDocumentError, read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from headrace_client.snapshot import Snapshot

DEFINITION_SUFFIXES = frozenset({".yaml", ".yml"})
LINES_SUFFIXES = frozenset({".jsonl", ".ndjson"})
REQUEST_SUFFIXES = frozenset({".json"}) | LINES_SUFFIXES


class Kind(StrEnum):
    """What a file holds."""

    REQUEST = "request"
    DEFINITION = "definition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that would be refused.

    Attributes:
        line: Of its field, as near as it can be told; counted from 1.
        message: One sentence; a request's begins with its field.
        rejection: What dispatch would store; None for a definition, and for a request
            that would be accepted and could not run.
    """

    line: int
    message: str
    rejection: Rejection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One request or one definition, and what is wrong with it.

    Attributes:
        path: Its file.
        line: Where it begins.
        name: Of the job; None where that could not be read.
        problems: Empty where it would be taken.
    """

    path: Path
    line: int
    kind: Kind
    name: str | None
    problems: tuple[Problem, ...] = ()


def validate(
    paths: Sequence[Path], *, snapshot: Callable[[], Snapshot], now: datetime
) -> list[Checked]:
    """Check files, each by its suffix.

    `.yaml` and `.yml` hold a definition, `.json` a request, `.jsonl` and `.ndjson` a
    request on every line that is not empty.

    Args:
        paths: The files.
        snapshot: Returns the deployment; called where there is a request.
        now: When the requests are read.

    Raises:
        UnusableFileError: A file cannot be read, or has another suffix.
        NotConfiguredError: There is no snapshot to judge a request by.
    """
    unknown = [
        path
        for path in paths
        if path.suffix not in DEFINITION_SUFFIXES | REQUEST_SUFFIXES
    ]
    if unknown:
        raise UnusableFileError(
            f"{unknown[0]}: what it holds cannot be told from its name.",
            advice="Name definitions .yaml, requests .json, and files with a request on"
            " each line .jsonl.",
        )
    deployment = (
        snapshot() if any(path.suffix in REQUEST_SUFFIXES for path in paths) else None
    )
    return [
        checked
        for path in paths
        for checked in (
            _requests(path, deployment, now)
            if deployment is not None and path.suffix in REQUEST_SUFFIXES
            else [_definition(path)]
        )
    ]


def _definition(path: Path) -> Checked:
    try:
        file = read_definition_file(path)
    except InvalidDefinition as error:
        problems = tuple(_located(path, each) for each in error.problems)
        return Checked(
            path=path, line=1, kind=Kind.DEFINITION, name=None, problems=problems
        )
    return Checked(path=path, line=1, kind=Kind.DEFINITION, name=file.definition.name)


def _located(path: Path, problem: str) -> Problem:
    """Take apart `file:line: problem`, as a definition's problems are written."""
    rest = problem.removeprefix(f"{path}:")
    line, _, message = rest.partition(":")
    if line.isdecimal():
        return Problem(line=int(line), message=message.strip())
    return Problem(line=1, message=rest.strip())


def _requests(path: Path, snapshot: Snapshot, now: datetime) -> Iterator[Checked]:
    for line, body in _bodies(path):
        planned = plan(body, snapshot, now=now)
        name: str | None = None
        problems: tuple[Problem, ...] = ()
        if isinstance(planned, Rejection):
            name = planned.job_name
            problems = (
                Problem(
                    line=line - 1 + _line_in(body, planned.field),
                    message=f"{planned.reason}: {planned.message}",
                    rejection=planned,
                ),
            )
        elif isinstance(planned, Plan):
            name = planned.job.job_name
            if planned.nowhere is not None:
                problems = (Problem(line=line, message=planned.nowhere.summary),)
        yield Checked(
            path=path, line=line, kind=Kind.REQUEST, name=name, problems=problems
        )


def _bodies(path: Path) -> Iterable[tuple[int, str]]:
    """Return each request's body, and the line that it begins on."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UnusableFileError(
            f"{path}: not UTF-8 at byte {error.start}.", advice="Save it as UTF-8."
        ) from error
    except OSError as error:
        raise UnusableFileError(
            f"{path}: {error.strerror or error}.", advice="Check its name."
        ) from error
    if path.suffix not in LINES_SUFFIXES:
        return [(1, text)]
    # Not by splitlines: JSON may hold U+2028, which is no end of a line there.
    lines = enumerate(text.split("\n"), 1)
    return [(number, line) for number, line in lines if line.strip()]


def _line_in(body: str, field: str | None) -> int:
    """Return the line of a field, or where JSON ends to be JSON; 1 where unknown."""
    try:
        json.loads(body)
    except json.JSONDecodeError as error:
        return error.lineno
    except (ValueError, RecursionError):
        return 1
    try:
        return read_document(body).line_of(field or "")
    except UnreadableDocumentError:
        return 1  # a tab, which JSON may be indented with and YAML may not
