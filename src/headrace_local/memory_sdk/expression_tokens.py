"""The words of DynamoDB's expressions, and the paths and names that they share.

Source: Amazon DynamoDB Developer Guide, "Using expressions in DynamoDB".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from headrace_local.memory_sdk.reserved_words import RESERVED_WORDS
from headrace_local.memory_sdk.service_errors import Refused, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace_local.memory_sdk.wire_items import Item, Wire

type Names = Mapping[str, str]
type Values = Mapping[str, Wire]
type Operand = Callable[[Item, Names, Values], Wire | None]
type Test = Callable[[Item, Names, Values], bool]
type Path = tuple[str | int, ...]
"""Names as they are written (placeholders too) and list positions."""

_TOKEN = re.compile(
    r"\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|([0-9]+)"
    r"|(<>|<=|>=|[=<>()\[\],.+-])|(\S))"
)
_WORD, _NAME, _VALUE, _DIGITS, _SIGN, _STRANGE = range(1, 7)
EXPRESSION_BYTES_MAX = 4_096
"""Developer Guide, "Quotas": the length of an expression string."""


class Tokens:
    """One expression, read from left to right.

    Args:
        text: The expression.
        parameter: Which one it is, for refusals: `ConditionExpression`.

    Attributes:
        parameter: As given.
        names: The placeholders of names that were read.
        values: The placeholders of values that were read.
        attributes: The first elements of the paths that were read, as written.
    """

    def __init__(self, text: str, parameter: str) -> None:
        self.parameter = parameter
        if not text.strip():
            raise self.refused("The expression can not be empty;")
        if len(text.encode()) > EXPRESSION_BYTES_MAX:
            raise self.refused(
                "Expression size has exceeded the maximum allowed size; expression"
                f" size: {len(text.encode())}"
            )
        self._tokens = [
            (match.lastindex or _STRANGE, match.group(match.lastindex or 0))
            for match in _TOKEN.finditer(text.rstrip())
        ]
        self._at = 0
        self.names: set[str] = set()
        self.values: set[str] = set()
        self.attributes: set[str] = set()
        self._group = (0, 0)

    def refused(self, message: str) -> Refused:
        """Return the refusal of this expression."""
        return invalid(f"Invalid {self.parameter}: {message}")

    def syntax(self) -> Refused:
        """Return the refusal of the word that is next."""
        token = "<EOF>" if self.is_at_end else self._tokens[self._at][1]
        near = " ".join(text for _, text in self._tokens[max(0, self._at - 1) :][:3])
        return self.refused(f'Syntax error; token: "{token}", near: "{near}"')

    @property
    def is_at_end(self) -> bool:
        """Everything was read."""
        return self._at >= len(self._tokens)

    def next_is(self, *texts: str) -> bool:
        """Whether the next word is one of these, keywords in any case."""
        if self.is_at_end:
            return False
        kind, text = self._tokens[self._at]
        return (text.upper() if kind == _WORD else text) in texts

    def took(self, *texts: str) -> bool:
        """Read the next word if it is one of these."""
        is_next = self.next_is(*texts)
        self._at += is_next
        return is_next

    def take(self, text: str) -> None:
        """Read one word that must come next."""
        if not self.took(text):
            raise self.syntax()

    def begin_group(self) -> int:
        """Return where the group begins whose parenthesis was just read."""
        return self._at

    def end_group(self, started: int) -> None:
        """Read a group's closing parenthesis.

        Raises:
            Refused: All that is in the group is another group.
        """
        if self._group == (started, self._at):
            raise self.refused("The expression has redundant parentheses;")
        self.take(")")
        self._group = started - 1, self._at

    def took_function(self, *names: str) -> str | None:
        """Read `name(` if one of these functions comes next; names are exact."""
        if self._at + 1 >= len(self._tokens):
            return None
        (kind, text), (_, after) = self._tokens[self._at : self._at + 2]
        if kind != _WORD or after != "(":
            return None
        if text not in names:
            raise self.refused(f"Invalid function name; function: {text}")
        self._at += 2
        return text

    def sign(self, signs: tuple[str, ...]) -> str:
        """Read one of these signs."""
        for each in signs:
            if self.took(each):
                return each
        raise self.syntax()

    def value(self) -> str | None:
        """Read a value's placeholder if one comes next."""
        if self.is_at_end or self._tokens[self._at][0] != _VALUE:
            return None
        text = self._taken()
        self.values.add(text)
        return text

    def path(self) -> Path:
        """Read a document path."""
        first = self._element()
        self.attributes.add(first)
        elements: list[str | int] = [first]
        while self.next_is(".", "["):
            if self.took("."):
                elements.append(self._element())
            else:
                self.take("[")
                if self.is_at_end or self._tokens[self._at][0] != _DIGITS:
                    raise self.syntax()
                elements.append(int(self._taken()))
                self.take("]")
        return tuple(elements)

    def _element(self) -> str:
        if self.is_at_end or self._tokens[self._at][0] not in {_WORD, _NAME}:
            raise self.syntax()
        kind, text = self._tokens[self._at]
        if kind == _NAME:
            self.names.add(text)
        elif text.upper() in RESERVED_WORDS:
            raise self.refused(
                f"Attribute name is a reserved keyword; reserved keyword: {text}"
            )
        return self._taken_as(text)

    def _taken(self) -> str:
        return self._taken_as(self._tokens[self._at][1])

    def _taken_as(self, text: str) -> str:
        self._at += 1
        return text

    def finish(self) -> None:
        """Check that nothing follows."""
        if not self.is_at_end:
            raise self.syntax()


def named(path: Path, names: Names) -> Path:
    """Return a path with its placeholders resolved."""
    return tuple(
        names[each] if each.__class__ is str and each[0] == "#" else each
        for each in path
    )


def reader(path: Path) -> Operand:
    """Return what reads a path's value from an item."""
    first = path[0]
    if not isinstance(first, str):  # pragma: no cover - paths begin with names
        raise TypeError(first)
    if len(path) > 1:
        return lambda item, names, _: found(item, named(path, names))
    if first[0] == "#":
        return lambda item, names, _: item.get(names[first])
    return lambda item, _names, _values: item.get(first)


def found(item: Item, path: Path) -> Wire | None:
    """Return the value at a path, None where there is none."""
    here: Any = {"M": item}
    for element in path:
        if isinstance(element, str):
            here = here.get("M", {}).get(element)
        else:
            parts = here.get("L", ())
            here = parts[element] if element < len(parts) else None
        if here is None:
            return None
    return here  # type: ignore[no-any-return] # a stored value
