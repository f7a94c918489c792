"""The base of everything that is read from camelCase JSON.

Strict and closed: no field is guessed, converted or ignored. Turns pydantic's
errors into field, limit and value; what to do about them is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from headrace.requests.rejection import field_path, sentence, shown


class Wire(BaseModel):
    """A frozen value with camelCase names outside and snake_case names inside."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        hide_input_in_errors=True,  # a value may be private; we show it ourselves
    )

    @classmethod
    def from_wire(cls, document: Mapping[str, Any]) -> Self:
        """Read a value from its JSON object; only the camelCase names count.

        Raises:
            pydantic.ValidationError: See `faults`.
        """
        return cls.model_validate(document, by_alias=True, by_name=False)

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON object that this value is read from; no absent fields."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @classmethod
    def wire_names(cls) -> tuple[str, ...]:
        """Return the names that the JSON object may have."""
        return tuple(field.alias or name for name, field in cls.model_fields.items())


# What follows "must be", by pydantic's documented error types.
_LIMITS: Mapping[str, str] = {
    "bool_type": "true or false",
    "dict_type": "an object",
    "enum": "one of {expected}",
    "greater_than_equal": "at least {ge}",
    "int_type": "an integer",
    "less_than_equal": "at most {le}",
    "literal_error": "one of {expected}",
    "model_type": "an object",
    "string_pattern_mismatch": "text that matches {pattern}",
    "string_too_long": "text of at most {max_length} characters",
    "string_too_short": "text of at least {min_length} characters",
    "string_type": "text",
    "too_long": "at most {max_length} items",
    "too_short": "at least {min_length} items",
    "tuple_type": "an array",
}


class FaultKind(Enum):
    """In which way a field is wrong."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One field that is wrong: where, against what, and the value as shown text."""

    kind: FaultKind
    path: tuple[str | int, ...]
    limit: str
    value: str | None

    @property
    def field(self) -> str:
        """The path as text, as ``overrides.cpu``."""
        return field_path(self.path)

    def __str__(self) -> str:
        """Say in one line what is wrong."""
        return sentence(field=self.field, limit=self.limit, value=self.value)


def faults(error: ValidationError) -> list[Fault]:
    """Return what pydantic found, in its order; never empty."""
    return [_fault(detail) for detail in error.errors(include_url=False)]


def _fault(detail: ErrorDetails) -> Fault:
    path = tuple(step for step in detail["loc"] if step != "[key]")
    if detail["type"] == "missing":
        return Fault(kind=FaultKind.MISSING, path=path, limit="present", value=None)
    value = shown(detail["input"])
    if detail["type"] == "extra_forbidden":
        return Fault(
            kind=FaultKind.UNKNOWN, path=path, limit="a known field", value=value
        )
    text = _LIMITS.get(detail["type"])
    if text is None:
        limit = detail["msg"].removeprefix("Value error, ")
    else:
        limit = text.format_map(detail.get("ctx", {}))
    return Fault(kind=FaultKind.INVALID, path=path, limit=limit, value=value)


def null_fault(value: Any, *, spared: Sequence[str] = ()) -> Fault | None:  # noqa: ANN401  # any JSON value
    """Return the first null as a fault, or None: null is a type, not an absence.

    ``spared`` names top-level fields that may hold nulls.
    """
    path = _null_path(value, (), spared)
    if path is None:
        return None
    return Fault(
        kind=FaultKind.INVALID,
        path=path,
        limit="left out rather than null",
        value="null",
    )


def _null_path(
    value: Any,  # noqa: ANN401  # any JSON value
    path: tuple[str | int, ...],
    spared: Sequence[str],
) -> tuple[str | int, ...] | None:
    if value is None:
        return path
    items: Any = ()
    if isinstance(value, Mapping):
        items = ((key, item) for key, item in value.items() if key not in spared)
    elif isinstance(value, list):
        items = enumerate(value)
    for step, item in items:
        found = _null_path(item, (*path, step), ())
        if found is not None:
            return found
    return None
