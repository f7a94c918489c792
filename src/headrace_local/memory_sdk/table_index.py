"""Entries in the order of a sort key: of a table itself, and of its indexes.

An index is sparse, and sees an item's changes later than the table does, in their
order. Source: Amazon DynamoDB Developer Guide, "Using Global Secondary Indexes".
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from headrace_local.memory_sdk.wire_items import comparable, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from headrace_local.memory_sdk.table_schema import IndexSchema, Part, RowKey
    from headrace_local.memory_sdk.wire_items import Item

type Place = tuple[Part | tuple[Part, ...], ...]
"""Where an entry stands in its partition: by sort key, then by the table's key."""


class Entry(NamedTuple):
    """An item as an index has it, or as the table has it."""

    partition: Part
    place: Place
    item: Item
    size_max: int = 0


class Span(NamedTuple):
    """A range of a partition: from a sort key to another, both included.

    Attributes:
        low: None is from the beginning.
        high: None is to the end.
        fits: Tells which places between count.
    """

    low: Part | None = None
    high: Part | None = None
    fits: Callable[[Place], bool] = lambda _place: True


EVERYWHERE = Span()


class Partitions:
    """Where entries stand: the places of each partition, in order."""

    def __init__(self) -> None:
        self._places: dict[Part, list[Any]] = {}

    def add(self, partition: Part, place: Place) -> None:
        """Add a place that is not there."""
        insort(self._places.setdefault(partition, []), place)

    def remove(self, partition: Part, place: Place) -> None:
        """Remove a place that is there."""
        places = self._places[partition]
        del places[bisect_left(places, place)]
        if not places:
            del self._places[partition]

    def walk(
        self, partition: Part, span: Span, *, after: Place | None, is_forward: bool
    ) -> Iterator[Place]:
        """Give a partition's places within a span, from behind a place on."""
        places = self._places.get(partition, [])
        first, end = 0, len(places)
        if span.low is not None:
            first = bisect_left(places, span.low, key=_sort_key)
        if span.high is not None:
            end = bisect_right(places, span.high, key=_sort_key)
        if after is not None and is_forward:
            first = max(first, bisect_right(places, after))
        elif after is not None:
            end = min(end, bisect_left(places, after))
        order = range(first, end) if is_forward else range(end - 1, first - 1, -1)
        return (places[at] for at in order if span.fits(places[at]))

    def everywhere(self) -> Iterator[tuple[Part, Place]]:
        """Give all places, partition after partition."""
        for partition in sorted(self._places):
            for place in self._places[partition]:
                yield partition, place


def _sort_key(place: Any) -> Any:  # noqa: ANN401 - one type an index
    return place[0]


class SecondaryIndex:
    """One index of a table: its entries, and those still on their way.

    Args:
        schema: Its key and what it projects.
        lag: Asked for each change of an entry, with the index's name and the table's
            key: in how many seconds the index sees it.
    """

    def __init__(
        self, schema: IndexSchema, lag: Callable[[str, RowKey], float]
    ) -> None:
        self.schema = schema
        self._lag = lag
        self._order = Partitions()
        self._shown: dict[RowKey, Entry] = {}
        self._newest: dict[RowKey, Entry] = {}
        self._coming: list[tuple[float, int, RowKey, Entry | None]] = []
        self._last_seen_at: dict[RowKey, float] = {}
        self._numbers = count()

    def follow(
        self, row: RowKey, item: Item | None, now: Callable[[], datetime]
    ) -> None:
        """Take notice that an item changed; it is shown after the lag."""
        entry = None if item is None else self._entry(row, item)
        standing = self._newest.get(row)
        if entry == standing:
            return
        if entry is None:
            del self._newest[row]
        else:
            self._newest[row] = entry
        lag_seconds = self._lag(self.schema.name, row)
        if lag_seconds <= 0 and row not in self._last_seen_at:
            self._show(row, entry)
            return
        seen_at = now().timestamp() + max(0.0, lag_seconds)
        seen_at = max(seen_at, self._last_seen_at.get(row, seen_at))
        self._last_seen_at[row] = seen_at
        heappush(self._coming, (seen_at, next(self._numbers), row, entry))

    def settle(self, now: Callable[[], datetime]) -> None:
        """Show what is due by now."""
        if self._coming:
            until = now().timestamp()
            while self._coming and self._coming[0][0] <= until:
                seen_at, _, row, entry = heappop(self._coming)
                self._show(row, entry)
                if self._last_seen_at.get(row) == seen_at:
                    del self._last_seen_at[row]

    def walk(
        self, partition: Part, span: Span, *, after: Place | None, is_forward: bool
    ) -> Iterator[Entry]:
        """Give a partition's entries as they were last settled; see `Partitions`."""
        places = self._order.walk(partition, span, after=after, is_forward=is_forward)
        return (self._shown[place[-1]] for place in places)  # type: ignore[index] # a row

    def everything(self) -> Iterator[Entry]:
        """Give all entries as they were last settled."""
        return (self._shown[place[-1]] for _, place in self._order.everywhere())  # type: ignore[index] # ditto

    def _show(self, row: RowKey, entry: Entry | None) -> None:
        shown = self._shown.pop(row, None)
        if shown is not None:
            self._order.remove(shown.partition, shown.place)
        if entry is not None:
            self._shown[row] = entry
            self._order.add(entry.partition, entry.place)

    def _entry(self, row: RowKey, item: Item) -> Entry | None:
        keys = self.schema.keys
        for name in keys.names:
            if name not in item:
                return None
        kept = self.schema.projected
        projected = (
            item
            if kept is None
            else {name: item[name] for name in kept if name in item}
        )
        place: Place = (row,)
        if keys.range_name is not None:
            place = comparable(item[keys.range_name]), row
        return Entry(
            comparable(item[keys.hash_name]), place, projected, size_of(projected)
        )
