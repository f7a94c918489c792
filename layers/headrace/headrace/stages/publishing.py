"""Publish events: in calls as large as may be, each event tried a few times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headrace.announcements.event import DETAIL_TYPE, SOURCE, Announcement
from headrace.ports import Ports

ENTRIES_MAX = 10
CALL_BYTES_MAX = 262_144
"""Amazon EventBridge API Reference, PutEvents: ten entries. Of their size the guide
says 1 MB since lately, and 256 KB before; that is enough for a hundred of ours."""

ENTRY_BYTES = len(SOURCE) + len(DETAIL_TYPE) + 14
"""Of an entry besides its detail: EventBridge User Guide, "Calculating PutEvents event
entry size"; the time counts 14."""

TRIES_MAX = 4
PAUSE_SECONDS = 0.2
OUT_OF_TIME = "the invocation's time was over"


@dataclass(slots=True)
class _Pending:
    """An event that is not published yet, and how often that was tried."""

    announcement: Announcement
    tries: int = 0
    why: str = OUT_OF_TIME

    @property
    def size(self) -> int:
        return ENTRY_BYTES + len(self.announcement.detail_json)


@dataclass(frozen=True, slots=True)
class Unpublished:
    """An event that nobody took, and why."""

    announcement: Announcement
    why: str


def publish(
    announcements: Sequence[Announcement], ports: Ports, *, has_time: Callable[[], bool]
) -> list[Unpublished]:
    """Publish events; return those that were not taken.

    A call has one event about each job at most, and what was not taken goes first in
    the next one: so a job's events reach the bus in their order, unless one of them is
    given up.
    """
    pending = [_Pending(each) for each in announcements]
    given_up: list[_Pending] = []
    while pending and has_time():
        batch = _next_batch(pending)
        failed = _tried(batch, ports)
        taken = {id(each) for each in batch} - {id(each) for each in failed}
        spent = [each for each in failed if each.tries >= TRIES_MAX]
        given_up += spent
        gone = taken | {id(each) for each in spent}
        pending = [each for each in pending if id(each) not in gone]
        if failed and pending:
            _pause(max(each.tries for each in failed), ports)
    return [Unpublished(each.announcement, each.why) for each in given_up + pending]


def _next_batch(pending: Sequence[_Pending]) -> list[_Pending]:
    batch: list[_Pending] = []
    subjects: set[str] = set()
    size = 0
    for each in pending:
        is_too_much = size + each.size > CALL_BYTES_MAX
        if len(batch) == ENTRIES_MAX or (batch and is_too_much):
            break
        if each.announcement.about not in subjects:
            subjects.add(each.announcement.about)
            batch.append(each)
            size += each.size
    return batch


def _tried(batch: Sequence[_Pending], ports: Ports) -> list[_Pending]:
    """Make one call; return those that it did not take."""
    troubles = ports.bus.put([each.announcement for each in batch])
    failed = []
    for each, trouble in zip(batch, troubles, strict=True):
        if trouble is not None:
            each.tries += 1
            each.why = trouble
            failed.append(each)
    return failed


def _pause(tries: int, ports: Ports) -> None:
    """Wait longer after each try, and never as long as another invocation."""
    longest = PAUSE_SECONDS * 2**tries
    ports.clock.pause(longest * (0.5 + ports.ids.fraction() / 2))
