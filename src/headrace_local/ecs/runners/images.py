"""What images would run, where no image is at hand: a map from name to command line."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


def digest_standing_in(name: str) -> str:
    """Return the digest for an image that nobody pulled: of its name.

    The same for the same name; that of a name by digest is the name's own.
    """
    _, at, digest = name.rpartition("@")
    return digest if at else "sha256:" + sha256(name.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image's own ENTRYPOINT and CMD."""

    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageMap:
    """Images by shell pattern; the first that fits counts.

    Attributes:
        images: Pattern and image, in order.
        is_closed: Whether an image that fits no pattern is not found. Otherwise it has
            neither ENTRYPOINT nor CMD.
    """

    images: tuple[tuple[str, Image], ...] = ()
    is_closed: bool = False

    @classmethod
    def parse(cls, words: Mapping[str, Any], *, is_closed: bool = False) -> Self:
        """Read a map such as ``{"report:*": ["python", "-m", "report"]}``.

        Args:
            words: A pattern's value is the ENTRYPOINT as a list, or an object with
                ``entryPoint`` and ``command``.
            is_closed: See the class.

        Raises:
            ValueError: When a value is neither.
        """
        images = []
        for pattern, value in words.items():
            if isinstance(value, list):
                image = Image(entry_point=tuple(value))
            elif isinstance(value, dict) and set(value) <= {"entryPoint", "command"}:
                image = Image(
                    entry_point=tuple(value.get("entryPoint", ())),
                    command=tuple(value.get("command", ())),
                )
            else:
                raise ValueError(
                    f"image {pattern}: expected a list or an object with entryPoint "
                    f"and command, not {value!r}"
                )
            images.append((pattern, image))
        return cls(tuple(images), is_closed)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the map from a JSON file."""
        return cls.parse(json.loads(path.read_text(encoding="utf-8")))

    def find(self, name: str) -> Image | None:
        """Return the image of this name; None when there is none."""
        for pattern, image in self.images:
            if fnmatch.fnmatchcase(name, pattern):
                return image
        return None if self.is_closed else Image()

    def argv(
        self,
        name: str,
        entry_point: tuple[str, ...] | None,
        command: tuple[str, ...] | None,
    ) -> tuple[str, ...]:
        """Return the command line, as Docker joins ENTRYPOINT and CMD.

        Raises:
            LookupError: When there is no such image.
        """
        image = self.find(name)
        if image is None:
            raise LookupError(name)
        if entry_point is not None:
            # As Docker does: a given entry point drops the image's own CMD.
            return (*entry_point, *(command or ()))
        return (*image.entry_point, *(image.command if command is None else command))
