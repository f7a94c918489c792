"""Signals kept in a list, for those who ask what operators would have seen."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Signal:
    """One event with its fields."""

    event: str
    fields: Mapping[str, object]


class CollectedSignals:
    """Keeps every signal. Threads may share it."""

    def __init__(self) -> None:
        self._signals: list[Signal] = []
        self._lock = Lock()

    def emit(self, event: str, **fields: object) -> None:
        """See `Signals`."""
        with self._lock:
            self._signals.append(Signal(event, fields))

    def flush(self) -> None:
        """See `Signals`; what is kept is published already."""

    def of(self, event: str) -> Sequence[Signal]:
        """Return the signals of one event, oldest first."""
        with self._lock:
            return [signal for signal in self._signals if signal.event == event]

    def all(self) -> Sequence[Signal]:
        """Return all signals, oldest first."""
        with self._lock:
            return list(self._signals)
