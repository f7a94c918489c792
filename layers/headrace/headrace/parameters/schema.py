"""A definition's schema for parameters: checked once, then asserted per request.

A closed part of JSON Schema draft 2020-12 whose cost is bounded by the size of schema
and parameters. What is found is returned; rejecting is the caller's business.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic_core import SchemaError, SchemaValidator, core_schema

from headrace import limits
from headrace.identity import canonical_json
from headrace.parameters.formats import CHECKS, PUBLIC_HTTPS_URL
from headrace.requests.rejection import shortened, shown

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_LIMIT_CHARACTERS_MAX = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterFault:
    """The first parameter that does not meet the schema.

    Attributes:
        path: From the body: ``("parameters", "urls", 2)``.
        limit: The keyword and its value, as ``maximum 10``.
        value: The value as shown text; None when it is the lack of one.
        is_url: It was refused as a URL that is not public.
    """

    path: tuple[str | int, ...]
    limit: str
    value: str | None
    is_url: bool


def parameter_fault(
    schema: Mapping[str, Any], parameters: Mapping[str, Any]
) -> ParameterFault | None:
    """Return the first parameter that the schema refuses, or None.

    ``schema`` must have passed `parameter_schema_checks.schema_problems`.
    """
    validator = _validator(canonical_json(schema))
    error = next(validator.iter_errors(parameters), None)
    if error is None:
        return None
    return _fault(error)


def _fault(error: Any) -> ParameterFault:  # noqa: ANN401  # jsonschema's is untyped here
    url = next((leaf for leaf in _leaves(error) if _is_url(leaf)), None)
    told = url or error
    path = ("parameters", *told.absolute_path)
    value: str | None = shown(told.instance)
    if told.validator == "required":
        missing = next(n for n in told.validator_value if n not in told.instance)
        path, value = (*path, missing), None
    elif told.validator == "additionalProperties":
        known = told.schema.get("properties", {})
        unknown = next((n for n in told.instance if n not in known), None)
        if unknown is not None:
            path, value = (*path, unknown), shown(told.instance[unknown])
    keyword = f"{told.validator} {canonical_json(told.validator_value)}"
    return ParameterFault(
        path=path,
        limit=shortened(keyword, _LIMIT_CHARACTERS_MAX),
        value=value,
        is_url=url is not None,
    )


def _leaves(error: Any) -> Iterator[Any]:  # noqa: ANN401  # as above
    if not error.context:
        yield error
    for cause in error.context or ():
        yield from _leaves(cause)


def _is_url(error: Any) -> bool:  # noqa: ANN401  # as above
    return bool(
        error.validator == "format" and error.validator_value == PUBLIC_HTTPS_URL
    )


@lru_cache(maxsize=64)
def _validator(schema_json: str) -> Validator:
    """Build the validator for a schema; the library is loaded at the first one."""
    validator: Validator = validator_type()(
        json.loads(schema_json), format_checker=_format_checker()
    )
    return validator


@lru_cache(maxsize=1)
def validator_type() -> Any:  # noqa: ANN401  # a class made by jsonschema
    """Return draft 2020-12, with `pattern` and `uniqueItems` in linear time.

    Also with `multipleOf` in exact arithmetic: 0.07 is a multiple of 0.01.

    Loaded on first use: a dispatcher that only rejects bad JSON does not pay for it.
    """
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415  # costly

    return validators.extend(  # type: ignore[no-untyped-call]  # its stub has gaps
        Draft202012Validator,
        {
            "multipleOf": _multiple_of,
            "pattern": _pattern,
            "uniqueItems": _unique_items,
        },
    )


@lru_cache(maxsize=1)
def _format_checker() -> Any:  # noqa: ANN401  # jsonschema's FormatChecker
    from jsonschema import FormatChecker  # noqa: PLC0415  # costly

    checker = FormatChecker(formats=())
    for name, check in CHECKS.items():

        def holds(instance: object, check: Any = check) -> bool:  # noqa: ANN401  # bound
            return not isinstance(instance, str) or bool(check(instance))

        checker.checks(name, raises=ValueError)(holds)
    return checker


@lru_cache(maxsize=256)
def compiled_pattern(pattern: str) -> Any:  # noqa: ANN401  # pydantic_core's validator
    """Compile a pattern for the Rust engine, which matches in linear time.

    Python's own engine takes exponential time for some patterns on some texts, and
    the text is the client's.

    Raises:
        ValueError: The pattern is longer than allowed, or is not of the engine's
            syntax (it has no look-around and no back-references).
    """
    if len(pattern) > limits.SCHEMA_PATTERN_CHARACTERS_MAX:
        raise ValueError(
            f"at most {limits.SCHEMA_PATTERN_CHARACTERS_MAX} characters long"
        )
    try:
        return SchemaValidator(
            core_schema.str_schema(pattern=pattern, regex_engine="rust-regex")
        )
    except SchemaError:
        raise ValueError(
            "a regular expression without look-around and back-references"
        ) from None


def _pattern(
    _validator: Any,  # noqa: ANN401  # jsonschema's signature of a keyword
    pattern: str,
    instance: object,
    _schema: object,
) -> Iterator[Any]:
    if isinstance(instance, str) and not compiled_pattern(pattern).isinstance_python(
        instance
    ):
        yield _error("does not match")


def _multiple_of(
    validator: Any,  # noqa: ANN401  # jsonschema's signature of a keyword
    divisor: float,
    instance: object,
    _schema: object,
) -> Iterator[Any]:
    if validator.is_type(instance, "number"):
        quotient = Fraction(str(instance)) / Fraction(str(divisor))
        if quotient.denominator != 1:
            yield _error("is not a multiple")


def _unique_items(
    _validator: Any,  # noqa: ANN401  # jsonschema's signature of a keyword
    is_wanted: bool,  # noqa: FBT001  # ditto
    instance: object,
    _schema: object,
) -> Iterator[Any]:
    if is_wanted and isinstance(instance, list):
        texts = {canonical_json(_as_number(item)) for item in instance}
        if len(texts) < len(instance):
            yield _error("has equal items")


def _as_number(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    """Write integral numbers in one way: JSON Schema holds 1 and 1.0 equal."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_as_number(item) for item in value]
    if isinstance(value, dict):
        return {name: _as_number(item) for name, item in value.items()}
    return value


def _error(message: str) -> Exception:
    from jsonschema import ValidationError  # noqa: PLC0415  # already loaded by now

    return ValidationError(message)
