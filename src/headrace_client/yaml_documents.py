"""YAML read strictly: what two readers could take differently is refused.

Scalars are JSON's: `no`, `on`, `1:30` and `2026-11-22` are text, as in YAML 1.2.
Every value keeps the line that it stands on. Reads texts, not files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from headrace.requests.rejection import field_path

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT_BYTES_MAX = 1_048_576  # ours: far above any definition
_MAP, _SEQUENCE = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"


class UnreadableDocumentError(Exception):
    """A text is no YAML document that can be understood in one way only.

    Attributes:
        line: Counted from 1.
        problem: What is wrong there.
    """

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Document:
    """A value, and the line that each field of it stands on.

    Attributes:
        value: As JSON would have it.
        lines: By field, written as in `rejection.field_path`; "" is the whole.
    """

    value: Any
    lines: dict[str, int]

    def line_of(self, field: str) -> int:
        """Return the line of a field, or of the closest field around it."""
        while field and field not in self.lines:
            field = field[: max(field.rfind("."), field.rfind("["), 0)]
        return self.lines[field]


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with JSON's scalars only."""

    # Begin with none, not with a copy of those of YAML 1.1.
    yaml_implicit_resolvers = {}  # noqa: RUF012  # declared by PyYAML


_SCALARS = (
    ("tag:yaml.org,2002:null", r"null|~|", "n~\0"),
    ("tag:yaml.org,2002:bool", r"true|false", "tf"),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)",
        "-0123456789",
    ),
)
for _tag, _pattern, _starts in _SCALARS:
    _first = ["" if start == "\0" else start for start in _starts]
    _Loader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})$"), _first)

SCALAR_RESOLVERS = _Loader.yaml_implicit_resolvers
"""Which plain scalars are no text, by their first character, as PyYAML has it."""


def read_document(text: str) -> Document:
    """Read the one document of a text.

    Raises:
        UnreadableDocumentError: It is no YAML, is none or several documents, repeats
            a key, has a key that is no text, or uses an anchor, an alias or a tag.
    """
    if len(text.encode()) > DOCUMENT_BYTES_MAX:
        raise UnreadableDocumentError(1, f"more than {DOCUMENT_BYTES_MAX} bytes")
    loader = _Loader(text)
    try:
        _check_events(text)
        node = loader.get_single_node()
        if node is None:
            raise UnreadableDocumentError(1, "the file is empty")
        lines = dict(_lines(node, ()))
        value = loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UnreadableDocumentError(line, error.problem or str(error)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableDocumentError(1, str(error)) from error
    finally:
        loader.dispose()
    return Document(value, lines)


def _check_events(text: str) -> None:
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise UnreadableDocumentError(line, "anchors and aliases are not allowed")
        tag = getattr(event, "tag", None)
        if tag:
            raise UnreadableDocumentError(line, f"the tag {tag} is not allowed")


def _lines(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[str, int]]:
    """Yield every field's line; refuse keys that are repeated or no text."""
    yield field_path(path), node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*path, index))
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, item in node.value:
            line = key.start_mark.line + 1
            if key.tag != "tag:yaml.org,2002:str":
                raise UnreadableDocumentError(line, "a key must be text; quote it")
            if key.value in seen:
                first = seen[key.value]
                raise UnreadableDocumentError(
                    line, f"the key {key.value!r} stands on line {first} already"
                )
            seen[key.value] = line
            yield from _lines(item, (*path, key.value))
            # A key's own line: its value may begin on the next one.
            yield field_path((*path, key.value)), line
