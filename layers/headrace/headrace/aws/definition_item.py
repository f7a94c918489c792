"""A registered definition as its item in the table, and back. Pure; no AWS calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headrace.aws.attributes import TIME
from headrace.aws.wire_values import (
    Item,
    WireValue,
    number,
    read_number,
    read_text,
    text,
)
from headrace.definitions.definition import RegisteredDefinition
from headrace.errors import RecordUnreadable
from headrace.identity import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIVE = "ACTIVE"
"""The sort key of the copy of the version that requests get by default."""

NAMES = "DEFINITION##NAMES"
"""The partition key of the list of names. No definition's: a name has no `#`."""

VERSION_PREFIX = "V#"

SCHEMA = 1
"""The items' format, for readers outside."""


def definition_pk(name: str) -> str:
    """Return the partition key of all versions of a definition."""
    return f"DEFINITION#{name}"


def version_key(name: str, version: int) -> Item:
    """Return the key of one version; versions sort as their numbers do."""
    return {
        "pk": text(definition_pk(name)),
        "sk": text(f"{VERSION_PREFIX}{version:06}"),
    }


def active_key(name: str) -> Item:
    """Return the key of the active version's copy."""
    return {"pk": text(definition_pk(name)), "sk": text(ACTIVE)}


def name_item(name: str) -> Item:
    """Return the item by which a name is listed."""
    return {
        "pk": text(NAMES),
        "sk": text(name),
        "schema": number(SCHEMA),
        "jobName": text(name),
    }


def definition_to_item(registered: RegisteredDefinition, key: Item) -> Item:
    """Return the whole item of a version, under its own key or as the active one."""
    return {
        **key,
        "schema": number(SCHEMA),
        "jobName": text(registered.definition.name),
        "jobVersion": number(registered.version),
        "owner": text(registered.definition.owner),
        "taskDefinitionArn": text(registered.resolved.arn),
        "registeredAt": TIME.write(registered.registered_at),
        "document": text(canonical_json(registered.to_json())),
    }


def version_of(item: Mapping[str, WireValue]) -> tuple[str, int]:
    """Return which version an item holds, without reading its document."""
    return read_text(item["jobName"]), read_number(item["jobVersion"])


def definition_from_item(item: Mapping[str, WireValue]) -> RegisteredDefinition:
    """Return the registered definition of an item.

    Raises:
        RecordUnreadable: The item is none that this version of the code understands.
    """
    try:
        return RegisteredDefinition.from_json(json.loads(read_text(item["document"])))
    except (KeyError, TypeError, ValueError) as error:
        pk, sk = (item.get(name, {}).get("S", "?") for name in ("pk", "sk"))
        raise RecordUnreadable(f"definition {pk} {sk}: {error}") from error
