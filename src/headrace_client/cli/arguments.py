"""Reading what people type: parameters, times and ids. Pure but for files named."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from headrace.identity import JOB_ID_PATTERN
from headrace.requests.strict_json import JsonFault, StrictJsonError, parse_strict

_AGO = re.compile(r"([0-9]{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_ID_EXAMPLE = "26 of a-z and 2-7, as `headrace submit` printed it"


def parameters_from(
    pairs: tuple[str, ...], document: str | None
) -> dict[str, Any] | None:
    """Return the parameters of `-p` and `--parameters`; None where none were given.

    Args:
        pairs: `name=text` or `name:=json`; they replace those of the document.
        document: A JSON object, `@file` with one, or `-` for standard input.

    Raises:
        click.BadParameter: One of them is not that.
    """
    if document is None and not pairs:
        return None
    parameters = {} if document is None else _object(document)
    for pair in pairs:
        name, separator, text = pair.partition("=")
        is_json = name.endswith(":")
        name = name.removesuffix(":")
        if not separator or not name:
            raise click.BadParameter(
                f"{pair!r} is neither name=text nor name:=json.", param_hint="-p"
            )
        parameters[name] = _json(text, f"-p {name}") if is_json else text
    return parameters


def _object(document: str) -> dict[str, Any]:
    if document == "-":
        text = sys.stdin.read()
    elif document.startswith("@"):
        try:
            text = Path(document[1:]).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise click.BadParameter(
                f"{document[1:]} is not UTF-8 text.", param_hint="--parameters"
            ) from error
        except OSError as error:
            raise click.BadParameter(
                f"{document[1:]} cannot be read: {error.strerror}.",
                param_hint="--parameters",
            ) from error
    else:
        text = document
    try:
        return parse_strict(text)
    except StrictJsonError as error:
        # No key that stands twice, for one: the last would silently win.
        is_json = error.reason is not JsonFault.MALFORMED_JSON
        raise click.BadParameter(
            f"must be {error.detail}." if is_json else f"no JSON: {error.detail}.",
            param_hint="--parameters",
        ) from error


def _json(text: str, hint: str) -> Any:  # noqa: ANN401  # any JSON value
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"no JSON: {error}.", param_hint=hint) from error


def time_from(text: str, *, now: datetime, option: str = "--since") -> datetime:
    """Return a time from `90s`, `15m`, `2h`, `3d` (ago), or RFC 3339.

    Args:
        text: What was typed.
        now: The clock.
        option: For which option, to name in an error.

    Raises:
        click.BadParameter: It is neither.
    """
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]])
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is neither an age as 90s, 15m, 2h or 3d, nor a time as"
            " 2026-11-22T10:00:00Z.",
            param_hint=option,
        ) from error
    if instant.tzinfo is None:
        raise click.BadParameter(
            f"{text!r} has no offset; write {text}Z for UTC.", param_hint=option
        )
    return instant.astimezone(UTC)


def check_job_id(text: str) -> str:
    """Return a job id as it is.

    Raises:
        click.BadParameter: It cannot be one.
    """
    if re.fullmatch(JOB_ID_PATTERN, text) is None:
        raise click.BadParameter(
            f"{text!r} is no job id ({_ID_EXAMPLE}).", param_hint="JOB_ID"
        )
    return text


def is_message_id(text: str) -> bool:
    """Tell whether a text can only be an SQS message id, not a job id."""
    return (
        re.fullmatch(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text)
        is not None
    )
