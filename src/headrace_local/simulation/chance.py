"""Chance by name: every draw has a key, and depends on the seed and that key alone.

So taking one fault away leaves all other draws as they were, which is what makes a
failing schedule shrink.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCALE = 2.0**-64


class Chance:
    """The draws of one seed."""

    def __init__(self, seed: int) -> None:
        self._salted = blake2b(f"{seed}|".encode(), digest_size=8)

    def at(self, key: str) -> float:
        """Return the number in [0, 1) that this key has."""
        salted = self._salted.copy()
        salted.update(key.encode())
        return int.from_bytes(salted.digest()) * _SCALE

    def happens(self, key: str, share: float) -> bool:
        """Whether what this key stands for happens in this seed."""
        return self.at(key) < share

    def between(self, key: str, low: float, high: float) -> float:
        """Return the number in [low, high) that this key has."""
        return low + (high - low) * self.at(key)

    def skewed(self, key: str, low: float, high: float) -> float:
        """Return a number in [low, high) that is mostly near the low end."""
        return low + (high - low) * self.at(key) ** 3

    def pick[T](self, key: str, options: Sequence[T]) -> T:
        """Return the option that this key has."""
        return options[int(self.at(key) * len(options))]

    def hexadecimal(self, key: str, digits: int) -> str:
        """Return so many hexadecimal digits."""
        salted = self._salted.copy()
        salted.update(key.encode())
        return (salted.hexdigest() * (digits // 16 + 1))[:digits]
