"""Fields as attributes: one table per value says names, kinds and what absence means.

Pure; which fields there are is said by the item modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from headrace.aws.wire_values import (
    Item,
    WireValue,
    binary,
    flag,
    number,
    read_flag,
    read_number,
    read_text,
    text,
)
from headrace.instants import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

REQUIRED: Final = object()
"""As an attribute's `absent`: an item without it is none of ours."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a field's value is written to the wire and read from it."""

    write: Callable[[Any], WireValue]
    read: Callable[[WireValue], Any]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One field as an attribute.

    Attributes:
        name: In the item.
        field: In the value.
        absent: The field's value that is not written, so that an item without the
            attribute has it; or `REQUIRED`.
    """

    name: str
    field: str
    kind: Kind
    absent: object = None


_SHA256 = "sha256:"

TEXT = Kind(text, read_text)
NUMBER = Kind(number, read_number)
FLAG = Kind(flag, read_flag)
TIME = Kind(
    lambda at: text(to_text(at)),
    lambda value: from_text(read_text(value)),
)
DIGEST = Kind(
    # Half of its text: it is on every record.
    lambda digest: binary(bytes.fromhex(digest.removeprefix(_SHA256))),
    lambda value: _SHA256 + bytes(value["B"]).hex(),
)
EPOCH_SECONDS = Kind(
    lambda at: number(int(at.timestamp())),
    lambda value: datetime.fromtimestamp(read_number(value), UTC),
)


def code(codes: Callable[[str], Any]) -> Kind:
    """Return the kind of an enumeration's members; unknown ones cannot be read."""
    return Kind(text, lambda value: codes(read_text(value)))


def written(value: object, attributes: tuple[Attribute, ...]) -> Item:
    """Return the attributes of a value's fields."""
    return {
        attribute.name: attribute.kind.write(content)
        for attribute in attributes
        if (content := getattr(value, attribute.field)) != attribute.absent
    }


def read(
    item: Mapping[str, WireValue], attributes: tuple[Attribute, ...]
) -> dict[str, Any]:
    """Return a value's fields from their attributes; others are passed over.

    Raises:
        ValueError: An attribute is missing or not of its kind; the text names it.
    """
    fields: dict[str, Any] = {}
    for attribute in attributes:
        if attribute.name in item:
            try:
                fields[attribute.field] = attribute.kind.read(item[attribute.name])
            except KeyError as error:
                raise ValueError(f"{attribute.name}: is not of type {error}") from error
            except ValueError as error:
                raise ValueError(f"{attribute.name}: {error}") from error
        elif attribute.absent is REQUIRED:
            raise ValueError(f"{attribute.name}: is missing")
        else:
            fields[attribute.field] = attribute.absent
    return fields
