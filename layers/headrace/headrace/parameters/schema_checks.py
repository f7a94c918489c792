"""What a parameter schema may contain, checked when a definition is registered.

Checks the schema itself; checking parameters against it is `parameter_schema.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from headrace import limits
from headrace.identity import canonical_json
from headrace.parameters.formats import CHECKS
from headrace.parameters.schema import compiled_pattern, validator_type
from headrace.requests.rejection import field_path, sentence, shown

DIALECT = "https://json-schema.org/draft/2020-12/schema"
EXPANDED_SCHEMAS_MAX = (
    10_000  # ours: with every $ref written out; bounds a check's cost
)

# Keywords that would fetch, that name schemas from afar, or whose patterns would be
# matched by an engine without a time bound; and what to use.
_REFUSED: Mapping[str, str] = {
    "$anchor": "$defs and $ref",
    "$dynamicAnchor": "$defs and $ref",
    "$dynamicRef": "$defs and $ref",
    "$id": "nothing: the schema stands alone",
    "$vocabulary": "nothing: the dialect is draft 2020-12",
    "patternProperties": "propertyNames and additionalProperties",
}
# Where draft 2020-12 nests schemas: alone, in an array, or in an object by name.
_ALONE = frozenset(
    {
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_IN_ARRAY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_BY_NAME = frozenset({"$defs", "dependentSchemas", "properties"})
_PLAIN = frozenset(
    {
        *("$comment", "$ref", "$schema", "const", "contentEncoding"),
        *("contentMediaType", "default", "dependentRequired", "deprecated"),
        *("description", "enum", "examples", "exclusiveMaximum"),
        *("exclusiveMinimum", "format", "maxContains", "maximum", "maxItems"),
        *("maxLength", "maxProperties", "minContains", "minimum", "minItems"),
        *("minLength", "minProperties", "multipleOf", "pattern", "readOnly"),
        *("required", "title", "type", "uniqueItems", "writeOnly"),
    }
)
_KNOWN = _ALONE | _IN_ARRAY | _BY_NAME | _PLAIN

type _Pointer = tuple[str, ...]
type _Schemas = dict[_Pointer, Mapping[str, Any]]


def schema_problems(schema: Mapping[str, Any]) -> list[str]:
    """Return what keeps a schema from being registered, one sentence each."""
    size = len(canonical_json(schema).encode())
    if size > limits.SCHEMA_BYTES_MAX:
        return [_problem((), f"at most {limits.SCHEMA_BYTES_MAX} bytes of JSON", size)]
    misformed = _misformed(schema)
    if misformed is not None:
        return [misformed]
    problems = []
    if schema.get("type") != "object":
        problems.append(_problem(("type",), '"object"', schema.get("type")))
    if schema.get("$schema", DIALECT) != DIALECT:
        problems.append(_problem(("$schema",), DIALECT, schema["$schema"]))
    schemas = dict(_walk(schema, ()))
    for pointer, found in schemas.items():
        problems.extend(_keyword_problems(pointer, found, schemas))
    return problems or _expansion_problems(schemas)


def _problem(pointer: _Pointer, limit: str, value: object) -> str:
    return sentence(
        field=field_path(("parameters", *pointer)), limit=limit, value=shown(value)
    )


def _misformed(schema: Mapping[str, Any]) -> str | None:
    from jsonschema import (  # noqa: PLC0415  # costly, and only registering needs it
        FormatChecker,
        SchemaError,
    )

    try:
        # No formats: the meta-schema's "regex" is Python's syntax, ours is not.
        validator_type().check_schema(schema, FormatChecker(formats=()))
    except SchemaError as error:
        pointer = tuple(str(step) for step in error.absolute_path)
        keyword = f"{error.validator} {canonical_json(error.validator_value)}"
        limit = f"JSON Schema draft 2020-12 ({keyword})"
        return _problem(pointer, limit, error.instance)
    return None


def _walk(
    schema: object, pointer: _Pointer
) -> Iterator[tuple[_Pointer, Mapping[str, Any]]]:
    """Yield every schema in a schema; true and false are schemas without keywords."""
    if not isinstance(schema, Mapping):
        yield pointer, {}
        return
    yield pointer, schema
    for steps, found in _nested(schema):
        yield from _walk(found, (*pointer, *steps))


def _nested(schema: Mapping[str, Any]) -> Iterator[tuple[_Pointer, object]]:
    for keyword, value in schema.items():
        if keyword in _ALONE:
            yield (keyword,), value
        elif keyword in _IN_ARRAY:
            for index, found in enumerate(value):
                yield (keyword, str(index)), found
        elif keyword in _BY_NAME:
            for name, found in value.items():
                yield (keyword, name), found


def _keyword_problems(
    pointer: _Pointer, schema: Mapping[str, Any], schemas: _Schemas
) -> Iterator[str]:
    for keyword, value in schema.items():
        where = (*pointer, keyword)
        if keyword in _REFUSED:
            yield _problem(where, f"left out; use {_REFUSED[keyword]}", value)
        elif keyword not in _KNOWN and not keyword.startswith("x-"):
            yield _problem(where, "a keyword of draft 2020-12, or start with x-", value)
    if schema.get("format", "date") not in CHECKS:
        limit = f"one of {', '.join(CHECKS)}"
        yield _problem((*pointer, "format"), limit, schema["format"])
    if "pattern" in schema:
        try:
            compiled_pattern(schema["pattern"])
        except ValueError as error:
            yield _problem((*pointer, "pattern"), str(error), schema["pattern"])
    if "$ref" in schema and _target(schema["$ref"]) not in schemas:
        limit = "a # pointer to a schema in this schema, as #/$defs/name"
        yield _problem((*pointer, "$ref"), limit, schema["$ref"])


def _target(ref: str) -> _Pointer | None:
    """Return where a local reference points (RFC 6901 section 6), or None."""
    if not ref.startswith("#/"):
        return () if ref == "#" else None
    steps = unquote(ref[2:]).split("/")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def _expansion_problems(schemas: _Schemas) -> list[str]:
    """Refuse references that never end, or that multiply into a costly check."""
    sizes: dict[_Pointer, int] = {}
    open_pointers: set[_Pointer] = set()

    def size(pointer: _Pointer) -> int | None:
        """Return how many schemas this one expands to; None when without end."""
        if pointer in open_pointers:
            return None
        if pointer not in sizes:
            open_pointers.add(pointer)
            total = 1
            for child in _children(pointer, schemas[pointer]):
                expanded = size(child)
                if expanded is None:
                    return None
                total += expanded
            open_pointers.remove(pointer)
            sizes[pointer] = total
        return sizes[pointer]

    total = size(())
    if total is None:
        return ["parameters: must be free of schemas that refer to themselves"]
    if total > EXPANDED_SCHEMAS_MAX:
        limit = f"at most {EXPANDED_SCHEMAS_MAX} schemas with every $ref written out"
        return [_problem((), limit, total)]
    return []


def _children(pointer: _Pointer, schema: Mapping[str, Any]) -> Iterator[_Pointer]:
    for steps, _found in _nested(schema):
        yield (*pointer, *steps)
    if "$ref" in schema:
        target = _target(schema["$ref"])
        if target is not None:
            yield target
