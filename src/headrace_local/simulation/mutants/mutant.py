"""A mutant: what it removes, the edits that remove it, and a checkout that has them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headrace_local.simulation.releases import project_root

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = "layers/headrace/headrace"
FOLDERS = (LIBRARY, "functions")


class StaleMutantError(Exception):
    """The code that a mutant changes is not there any more, or is there twice."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one file of the product.

    Attributes:
        path: Below the checkout.
        old: Text that the file has exactly once.
        new: What stands there instead.
    """

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """The protocol without one of its guards.

    Attributes:
        name: Words with hyphens.
        removes: What it does not do any more, as a sentence.
        edits: Everything that has to change for that fault, no more.
        mix_name: The faults that it is hunted with.
    """

    name: str
    removes: str
    edits: tuple[Edit, ...]
    mix_name: str = "swarm"

    def build(self, root: Path, *, source: Path | None = None) -> Path:
        """Copy the product into a folder, with the edits; return the folder.

        Args:
            root: An empty folder, or one that is yet to be made.
            source: The checkout to copy; None is this one.

        Raises:
            StaleMutantError: An edit does not fit the code; the text says which.
        """
        for folder in FOLDERS:
            shutil.copytree(
                (source or project_root()) / folder,
                root / folder,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        for edit in self.edits:
            self._apply(edit, root / edit.path)
        return root

    def _apply(self, edit: Edit, path: Path) -> None:
        text = path.read_text() if path.is_file() else ""
        times = text.count(edit.old)
        if times != 1:
            raise StaleMutantError(
                f"mutant {self.name}: {edit.path} has this text {times} times, not"
                f" once; write the edit anew:\n{edit.old}"
            )
        path.write_text(text.replace(edit.old, edit.new))


def library(path: str, old: str, new: str) -> Edit:
    """Return an edit of a module of the library."""
    return Edit(f"{LIBRARY}/{path}", old, new)
