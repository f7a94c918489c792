"""Writes docs/errors.md from the code that rejects, ends and fails.

Run it without arguments. A test fails when the page is not what this would write.
"""

# ruff: noqa: INP001  # a script beside the pages it writes

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from headrace import errors
from headrace.jobs.job import ReasonCode, WaitReason
from headrace.requests.rejection import Reason
from headrace.tasks.diagnosis import ADVICE as ENDED
from headrace_client import errors as client_errors
from headrace_client.cli.exit_codes import MEANINGS as EXIT_CODES
from headrace_client.cli.exit_codes import exit_code_of
from headrace_client.explaining.answers import ADVICE as REFUSED
from headrace_client.explaining.answers import AGAIN
from headrace_client.reasons import MEANINGS
from headrace_client.redrive.queues import QUEUES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

PAGE = Path(__file__).with_name("errors.md")
_HEAD = """\
# Errors, reasons and exit codes

Written by `docs/generate_errors_reference.py` from the code; do not edit.

What went wrong, by the word that you see. To find out about one job, begin with
`headrace explain` ([explain.md](explain.md)); [debug-a-failure.md](debug-a-failure.md)
leads from "it failed" to the cause.
"""
_REJECTIONS = """\
## Why a request was rejected

The `reasonCode` of a rejection; `field`, `limit` and `value` say where. Correct the
request and send it again: unless it says otherwise below, the same idempotency key is
free. [message.md](message.md) has the rules.
"""
_OUTCOMES = """\
## Why a job ended

The `reasonCode` of a job. When each applies is said in
[outcomes.md](outcomes.md#reason-codes).
"""
_WAITS = """\
## Why a job waits

The `waitReason` of a job that is PENDING or RUNNABLE: {}.
`headrace explain` says since when, for what, and what happens next.
"""
_DEAD_LETTERS = """\
## Why a message is a dead letter

`headrace redrive` shows them ([redrive.md](redrive.md)).
"""
_LOGGED = """\
## What functions say in their logs

The `error` of a log line such as `dispatch.message_deferred`, which `headrace redrive`
shows as the last error. Names that are not here are Python's or AWS's own.
"""
_RAISED = """\
## What `headrace_client` raises

Each says in `problem` what was wrong and in `advice` what to try; the command line
prints both and ends with the code.
"""
_EXITS = """\
## Exit codes of the command line
"""


def reference() -> str:
    """Return the page."""
    waits = ", ".join(f"`{reason}`" for reason in WaitReason)
    return "\n".join(
        [
            _HEAD,
            _REJECTIONS,
            *_table(("reason", "meaning", "what to try"), _rejections()),
            _OUTCOMES,
            *_table(("reason", "what to try"), _outcomes()),
            _WAITS.format(waits),
            _DEAD_LETTERS,
            *_table(("queue", "why", "page"), _queues()),
            _LOGGED,
            *_table(("error", "meaning"), _logged()),
            _RAISED,
            *_table(("error", "is a", "raised when", "exit code"), _raised()),
            _EXITS,
            *_table(("code", "meaning"), _exits()),
        ]
    )


def files() -> dict[Path, str]:
    """Return each file's text."""
    return {PAGE: reference()}


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', r'\|') for cell in row)} |"
    yield ""


def _rejections() -> Iterator[tuple[str, str, str]]:
    for reason in Reason:
        yield f"`{reason}`", MEANINGS[reason], REFUSED[reason].removesuffix(AGAIN)


def _outcomes() -> Iterator[tuple[str, str]]:
    for code in ReasonCode:
        yield f"`{code}`", ENDED[code] or "nothing: the job succeeded"


def _queues() -> Iterator[tuple[str, str, str]]:
    for queue in QUEUES:
        yield f"`{queue.name}`", queue.why, f"[runbook](runbook/{queue.page}.md)"


def _logged() -> Iterator[tuple[str, str]]:
    for kind in _errors_of(errors):
        yield f"`{kind.__name__}`", _first_sentence(kind)


def _raised() -> Iterator[tuple[str, str, str, str]]:
    for kind in _errors_of(client_errors):
        # No error is made: its type is all that decides.
        code = exit_code_of(kind.__new__(kind))
        base = kind.__mro__[1].__name__
        yield f"`{kind.__name__}`", f"`{base}`", _first_sentence(kind), str(int(code))


def _exits() -> Iterator[tuple[str, str]]:
    for code, text in EXIT_CODES.items():
        yield str(int(code)), text


def _errors_of(module: ModuleType) -> list[type[Exception]]:
    """Return the errors that a module defines, in its order."""
    return [
        kind
        for kind in vars(module).values()
        if inspect.isclass(kind)
        and issubclass(kind, Exception)
        and kind.__module__ == module.__name__
    ]


def _first_sentence(kind: type[Exception]) -> str:
    text = " ".join((inspect.getdoc(kind) or "").partition("\n\n")[0].split())
    return text.removesuffix(".")


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
