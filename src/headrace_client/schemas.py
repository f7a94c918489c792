"""JSON Schemas of what people write, made from the code that reads it. Pure.

For editors, for publishers' own tests, and for code generators in other languages. A
schema says what a field may be by itself. What it cannot say is left to the parser,
which therefore may refuse what a schema allows, and never the other way round.
"""

from __future__ import annotations

import re
from inspect import getdoc
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from headrace.definitions.definition import JobDefinition
from headrace.requests.schema import (
    RFC_3339_PATTERN,
    CancelBody,
    RerunBody,
    SubmitBody,
)
from headrace.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import core_schema

    from headrace.definitions.definition import RegisteredDefinition

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


class _AsWritten(GenerateJsonSchema):
    """Says nothing of null: a field that is not there is left out."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        """Return what the field is when it is there."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """Leave out a default that is only absence."""
        written = super().default_schema(schema)
        if written.get("default", ...) is None:
            del written["default"]
        return written

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401  # pydantic's
        """Name no field twice."""
        del schema
        return False


def request_schema() -> dict[str, Any]:
    """Return the schema of a job request, the body of an SQS message."""
    kinds: Mapping[str, type[Wire]] = {
        "submit": SubmitBody,
        "cancel": CancelBody,
        "rerun": RerunBody,
    }
    definitions: dict[str, Any] = {}
    for kind, model in kinds.items():
        schema = _schema_of(model)
        definitions |= schema.pop("$defs", {})
        schema["properties"]["type"] = {"const": kind}
        if kind != "submit":
            schema["required"].append("type")
        definitions[kind] = schema
    scheduled = {"type": "string", "format": "date-time", "pattern": RFC_3339_PATTERN}
    definitions["submit"]["properties"]["scheduledAt"] |= scheduled
    return {
        "$schema": DIALECT,
        "$id": "urn:headrace:schemas:request:1",
        "title": "Job request",
        "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in kinds],
        "$defs": definitions,
    }


def definition_schema() -> dict[str, Any]:
    """Return the schema of a job definition's file."""
    schema = _schema_of(JobDefinition)
    schema["properties"]["parameters"] |= {"$ref": DIALECT}
    for owner in (schema, schema["$defs"]["OverridesAllowed"]):
        owner["properties"]["capacity"]["uniqueItems"] = True
    return {
        "$schema": DIALECT,
        "$id": "urn:headrace:schemas:definition:1",
        "title": "Job definition",
        **schema,
    }


def parameters_schema(registered: RegisteredDefinition) -> dict[str, Any]:
    """Return the schema of what a request to one job gives as `parameters`."""
    definition = registered.definition
    said = {"title": f"Parameters of {definition.name}"}
    if definition.description is not None:
        said["description"] = definition.description
    name = f"urn:headrace:jobs:{definition.name}:{registered.version}:parameters"
    return {"$schema": DIALECT, "$id": name} | said | definition.parameters


def _schema_of(model: type[Wire]) -> dict[str, Any]:
    schema = model.model_json_schema(by_alias=True, schema_generator=_AsWritten)
    documentation = "".join(
        f"\n{getdoc(each) or ''}" for each in model.__mro__ if issubclass(each, Wire)
    )
    _describe(schema, documentation)
    for part in schema.get("$defs", {}).values():
        _describe(part, part.get("description", ""))
    rule = schema.get("$defs", {}).get("RetryRule")
    if rule is not None:
        conditions = rule["properties"].keys() - set(rule["required"])
        rule["anyOf"] = [{"required": [name]} for name in sorted(conditions)]
    return schema


def _describe(part: dict[str, Any], documentation: str) -> None:
    """Say of each field what its class says of it, and nothing of it elsewhere."""
    part.pop("title", None)
    if "description" in part:
        text = part["description"].partition("\n\nAttributes:\n")[0]
        part["description"] = _plain(text)
    said = {
        name.replace("_", ""): text for name, text in _ATTRIBUTE.findall(documentation)
    }
    for name, field in part.get("properties", {}).items():
        if name.lower() in said:
            field["description"] = _plain(said[name.lower()])
        if isinstance(field.get("default"), dict):
            absent = [key for key, value in field["default"].items() if value is None]
            for key in absent:
                del field["default"][key]
        if "patternProperties" in field:
            field["additionalProperties"] = False


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "`").split())
