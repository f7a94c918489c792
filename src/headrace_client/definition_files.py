"""Job definitions as files: one YAML document each, errors with file and line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace.definitions.registration import parse_definition
from headrace.errors import InvalidDefinition
from headrace_client.yaml_documents import (
    Document,
    UnreadableDocumentError,
    read_document,
)

if TYPE_CHECKING:
    from pathlib import Path

    from headrace.definitions.definition import JobDefinition


@dataclass(frozen=True, slots=True)
class DefinitionFile:
    """A definition, and where each of its fields was written."""

    path: Path
    definition: JobDefinition
    document: Document

    def at(self, problem: str) -> str:
        """Put file and line before a problem that begins with its field."""
        return _located(self.path, self.document, problem)


def read_definition_file(path: Path) -> DefinitionFile:
    """Read and check all of a definition that needs no AWS.

    Raises:
        InvalidDefinition: Each problem begins with file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidDefinition([f"{path}: {error.strerror or error}"]) from error
    except UnicodeDecodeError as error:
        raise InvalidDefinition([f"{path}: not UTF-8 at byte {error.start}"]) from error
    try:
        document = read_document(text)
    except UnreadableDocumentError as error:
        raise InvalidDefinition([f"{path}:{error.line}: {error.problem}"]) from error
    try:
        definition = parse_definition(document.value)
    except InvalidDefinition as error:
        raise InvalidDefinition(
            [_located(path, document, problem) for problem in error.problems]
        ) from error
    return DefinitionFile(path, definition, document)


def _located(path: Path, document: Document, problem: str) -> str:
    field = problem.partition(":")[0]
    return f"{path}:{document.line_of(field)}: {problem}"
