"""JSON that means one thing: refuses what parsers read differently or choke on.

Parsing only; whether the object is a valid request is not judged here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Never

from headrace import limits
from headrace.requests.rejection import shortened, shown

# A string (also one that never ends: one lexeme up to the end of the text, so that
# the scan stays linear), or a bracket.
_LEXEME = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_DETAIL_CHARACTERS_MAX = 60


class JsonFault(StrEnum):
    """Why a text is not accepted; names of rejection reasons."""

    MALFORMED_JSON = "MALFORMED_JSON"
    NOT_AN_OBJECT = "NOT_AN_OBJECT"


class StrictJsonError(ValueError):
    """The text is not acceptable JSON.

    Attributes:
        reason: Which kind of refusal.
        detail: What would have to hold, and where it does not; never a value that
            looks like a secret.
    """

    def __init__(self, reason: JsonFault, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def parse_strict(
    body: str | bytes, *, depth_max: int = limits.NESTING_MAX
) -> dict[str, Any]:
    """Read one JSON object.

    Refused: a byte order mark, text that is not Unicode, duplicate keys, NaN and
    infinities, nesting deeper than ``depth_max``, and numbers whose value would not
    survive being read and written again. Takes time linear in the text.

    Raises:
        StrictJsonError: With the first thing found.
    """
    text = _decoded(body)
    _check_depth(text, depth_max)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise _malformed(f"{error.msg} at character {error.pos}") from None
    if not isinstance(value, dict):
        raise StrictJsonError(
            JsonFault.NOT_AN_OBJECT, f"a JSON object, not {shown(value)}"
        )
    if _SURROGATE_ESCAPE.search(text):
        _check_unicode(json.dumps(value, ensure_ascii=False))
    return value


def _decoded(body: str | bytes) -> str:
    if isinstance(body, bytes):
        try:
            body = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _malformed(f"not UTF-8 at byte {error.start}") from None
    else:
        _check_unicode(body)
    if body.startswith("\ufeff"):
        raise _malformed("a byte order mark at the start")
    return body


def _check_unicode(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise _malformed("a lone surrogate, which is no character") from None


def _check_depth(text: str, depth_max: int) -> None:
    depth = 0
    for match in _LEXEME.finditer(text):
        lexeme = match[0]
        if lexeme in "[{":
            depth += 1
            if depth > depth_max:
                raise _malformed(
                    f"nested deeper than {depth_max} at character {match.start()}"
                )
        elif lexeme in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        key = next(key for key, count in counts.items() if count > 1)
        raise _malformed(f"the key {shown(key)} twice in one object")
    return value


def _integer(text: str) -> int:
    if len(text) <= limits.NUMBER_CHARACTERS_MAX:
        value = int(text)
        if abs(value) <= limits.INTEGER_MAX:
            return value
    raise _malformed(
        f"an integer beyond ±{limits.INTEGER_MAX}, which not every reader keeps:"
        f" {shortened(text, _DETAIL_CHARACTERS_MAX)}; send it as a string"
    )


def _number(text: str) -> float:
    if len(text) <= limits.NUMBER_CHARACTERS_MAX:
        value = float(text)
        try:
            if Decimal(repr(value)) == Decimal(text):
                return value
        except InvalidOperation:  # an exponent beyond any number
            pass
    raise _malformed(
        "a number that a double does not keep unchanged:"
        f" {shortened(text, _DETAIL_CHARACTERS_MAX)}; send it as a string"
    )


def _constant(text: str) -> Never:
    raise _malformed(f"{text}, which is no JSON number")


def _malformed(detail: str) -> StrictJsonError:
    return StrictJsonError(JsonFault.MALFORMED_JSON, detail)
