"""The port to the registered job definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from headrace.definitions.definition import RegisteredDefinition


class Catalogue(Protocol):
    """The registered job definitions: immutable, numbered versions."""

    def active(self, names: Sequence[str]) -> Mapping[str, RegisteredDefinition]:
        """Return the active version of each name that has one."""
        ...

    def version(self, name: str, version: int) -> RegisteredDefinition | None:
        """Return one version; adapters may keep it for ever, it never changes."""
        ...

    def register(self, registered: RegisteredDefinition) -> None:
        """Store a new version and make it the active one, both or neither.

        Raises:
            DefinitionMoved: Its version is not the next after the highest one.
        """
        ...

    def activate(self, name: str, version: int) -> None:
        """Make an existing version the active one.

        Raises:
            RecordMissing: There is no such version.
        """
        ...


class ListedCatalogue(Catalogue, Protocol):
    """A catalogue that people look through. No function needs to."""

    def names(self) -> Sequence[str]:
        """Return the names of all definitions, sorted.

        A name that an earlier release registered is missing until it is enlisted.
        """
        ...

    def enlist(self, name: str) -> None:
        """See to it that `names` has this name; `register` does so too."""
        ...

    def versions(self, name: str) -> Sequence[RegisteredDefinition]:
        """Return all versions of a name, the oldest first; none are no error."""
        ...
