"""`ListedCatalogue` in memory."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

from headrace.errors import DefinitionMoved, RecordMissing
from headrace_local.memory.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from headrace.definitions.definition import RegisteredDefinition


class MemoryDefinitions:
    """The registered definitions in one dictionary. Threads may share it.

    Attributes:
        faults: Which calls fail.
    """

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self._versions: dict[str, list[RegisteredDefinition]] = {}
        self._names: set[str] = set()
        self._active: dict[str, RegisteredDefinition] = {}
        self._lock = RLock()

    def active(self, names: Sequence[str]) -> Mapping[str, RegisteredDefinition]:
        """See `Catalogue`."""
        with self._lock, self.faults.around("active"):
            return {name: self._active[name] for name in names if name in self._active}

    def version(self, name: str, version: int) -> RegisteredDefinition | None:
        """See `Catalogue`."""
        with self._lock, self.faults.around("version"):
            versions = self._versions.get(name, [])
            return versions[version - 1] if 1 <= version <= len(versions) else None

    def register(self, registered: RegisteredDefinition) -> None:
        """See `Catalogue`."""
        name, version = registered.definition.name, registered.version
        with self._lock, self.faults.around("register"):
            versions = self._versions.setdefault(name, [])
            if version != len(versions) + 1:
                raise DefinitionMoved(
                    f"definition {name}: {version} is not the version after the highest"
                )
            versions.append(registered)
            self._names.add(name)
            self._active[name] = registered

    def activate(self, name: str, version: int) -> None:
        """See `Catalogue`."""
        with self._lock, self.faults.around("activate"):
            versions = self._versions.get(name, [])
            if not 1 <= version <= len(versions):
                raise RecordMissing(f"definition {name}: there is no version {version}")
            self._active[name] = versions[version - 1]

    def names(self) -> Sequence[str]:
        """See `ListedCatalogue`."""
        with self._lock, self.faults.around("names"):
            return sorted(self._names)

    def enlist(self, name: str) -> None:
        """See `ListedCatalogue`."""
        with self._lock, self.faults.around("enlist"):
            self._names.add(name)

    def versions(self, name: str) -> Sequence[RegisteredDefinition]:
        """See `ListedCatalogue`."""
        with self._lock, self.faults.around("versions"):
            return list(self._versions.get(name, []))
