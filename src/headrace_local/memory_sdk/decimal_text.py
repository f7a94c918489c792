"""DynamoDB's numbers: decimal text of up to 38 digits, in one canonical form.

Source: Amazon DynamoDB Developer Guide, "Supported data types and naming rules",
Number: magnitudes from 1E-130 to 9.99...E+125, zeros before and after are trimmed.
"""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache

from headrace_local.memory_sdk.service_errors import invalid

DIGITS_MAX = 38
_HIGHEST = 125
_LOWEST = -130
_CHARACTERS = frozenset("0123456789+-.eE")
_SHORT = 18  # digits that surely add up to a number that DynamoDB takes
_WIDE = Context(prec=1_000)

type Number = int | Decimal


def canonical(text: str) -> str:
    """Return a number's text as DynamoDB gives it back.

    Raises:
        Refused: It is no number, too precise, too large or too small.
    """
    if len(text) < DIGITS_MAX and text.isascii() and text.isdecimal():
        return text if text[0] != "0" else (text.lstrip("0") or "0")
    return _canonical(text)


@lru_cache(maxsize=4_096)
def _canonical(text: str) -> str:
    if not text or not _CHARACTERS.issuperset(text):
        raise _no_number(text)
    try:
        exact = _WIDE.create_decimal(text).normalize(_WIDE)
    except InvalidOperation:
        raise _no_number(text) from None
    if not exact:
        return "0"
    if len(exact.as_tuple().digits) > DIGITS_MAX:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    if exact.adjusted() > _HIGHEST:
        raise invalid(
            "Number overflow. Attempting to store a number with magnitude larger than"
            " supported range"
        )
    if exact.adjusted() < _LOWEST:
        raise invalid(
            "Number underflow. Attempting to store a number with magnitude smaller"
            " than supported range"
        )
    return format(exact, "f")


def number_of(text: str) -> Number:
    """Return a canonical text's number, for comparing."""
    return Decimal(text) if "." in text else int(text)


def total(left: str, right: str) -> str:
    """Return the canonical text of a sum."""
    if len(left) < _SHORT and len(right) < _SHORT and "." not in left + right:
        return str(int(left) + int(right))
    return canonical(str(_WIDE.add(Decimal(left), Decimal(right))))


def remainder(left: str, right: str) -> str:
    """Return the canonical text of a difference."""
    return canonical(str(_WIDE.subtract(Decimal(left), Decimal(right))))


def _no_number(text: str) -> Exception:
    return invalid(
        f"The parameter cannot be converted to a numeric value: {text}"
        if text
        else "The parameter cannot be converted to a numeric value"
    )
