"""Announce: the table's changes in; events, and answers to who waits, out.

Recorded before announced: a change that is delivered is in the table already. What
cannot be announced becomes a dead letter, whole; only where not even that is kept is
its record delivered again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from headrace.announcements.answers import (
    TokenAnswer,
    answer_of_rejection,
    answers_of,
)
from headrace.announcements.event import (
    Announcement,
    change_of,
    rejection_announced,
    replayed,
)
from headrace.announcements.letters import answer_letter, event_letter
from headrace.errors import HeadraceError
from headrace.ports import Ports, StoredRejection
from headrace.stages.answering import send_answer
from headrace.stages.publishing import publish
from headrace.stages.told import Change, Kept, Owed, Rejected, Replay, Told, Unreadable

CONCURRENCY_MAX = 10
"""Answers and letters that are sent at once."""


@dataclass(slots=True)
class Tally:
    """What an invocation came to.

    Attributes:
        failed: The ids of records to deliver again.
        published: How many events the bus took.
        missing: Jobs to replay that there are not.
    """

    failed: list[str] = field(default_factory=list)
    published: int = 0
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Letter:
    """What is to be kept of a record, and what operators are told."""

    record_id: str
    body: str
    kind: str
    about: str
    why: str


@dataclass(slots=True)
class _Work:
    """What a batch calls for, each with its record's id."""

    events: list[tuple[str, Announcement]] = field(default_factory=list)
    answers: list[tuple[str, TokenAnswer]] = field(default_factory=list)
    letters: list[_Letter] = field(default_factory=list)


def announce(
    told: Sequence[Told], ports: Ports, *, has_time: Callable[[], bool]
) -> Tally:
    """Take a batch of changes, in their order.

    Args:
        told: What happened, or what operators ask for.
        ports: The world.
        has_time: Whether another call can be begun; what is left becomes letters.
    """
    tally, work = Tally(), _Work()
    for each in told:
        try:
            _plan(each, work, tally, ports)
        except HeadraceError as error:
            _defer(each.record_id, error, tally, ports)
    record_ids = {id(event): record_id for record_id, event in work.events}
    events = [event for _, event in work.events]
    unpublished = publish(events, ports, has_time=has_time)
    tally.published = len(events) - len(unpublished)
    work.letters += [
        _Letter(
            record_ids[id(each.announcement)],
            event_letter(each.announcement, each.why),
            "event",
            each.announcement.about,
            each.why,
        )
        for each in unpublished
    ]
    work.letters += _answer_all(work.answers, ports)
    _keep_all(work.letters, tally, ports)
    ports.signals.emit("announce.done", published=tally.published)
    return tally


def _plan(told: Told, work: _Work, tally: Tally, ports: Ports) -> None:
    """Add what one record calls for."""
    record_id = told.record_id
    match told:
        case Change(before=before, after=after):
            event = change_of(before, after)
            work.events += [(record_id, event)] if event else []
            work.answers += [(record_id, each) for each in answers_of(before, after)]
        case Rejected(stored=stored):
            work.events.append((record_id, _event_of(stored)))
            work.answers += [(record_id, each) for each in _answers_to(stored)]
        case Unreadable(letter=letter, problem=why):
            work.letters.append(_Letter(record_id, letter, "record", "", why))
        case Kept(announcement=event):
            work.events.append((record_id, event))
        case Replay(job_id=job_id):
            job = ports.jobs.get(job_id)
            tally.missing += [] if job else [job_id]
            again = replayed(job) if job else []
            work.events += [(record_id, event) for event in again]
        case Owed(about=about):
            owed = _answers_owed(about, ports)
            work.answers += [(record_id, each) for each in owed]


def _event_of(stored: StoredRejection) -> Announcement:
    return rejection_announced(stored.message_id, stored.rejected_at, stored.rejection)


def _answers_to(stored: StoredRejection) -> list[TokenAnswer]:
    return answer_of_rejection(stored.message_id, stored.rejection)


def _answers_owed(about: str, ports: Ports) -> list[TokenAnswer]:
    """Return all answers of a record: those that were given are refused."""
    job = ports.jobs.get(about)
    if job is not None:
        return answers_of(None, job)
    stored = ports.jobs.rejection(about)
    return _answers_to(stored) if stored else []


def _answer_all(
    answers: Sequence[tuple[str, TokenAnswer]], ports: Ports
) -> list[_Letter]:
    """Answer tokens side by side; return letters of those that were not."""
    steps = [partial(send_answer, answer, ports) for _, answer in answers]
    ended = ports.workers.run(steps, at_once_max=CONCURRENCY_MAX)
    letters = []
    for (record_id, answer), step in zip(answers, ended, strict=True):
        error = step.exception()
        if error is not None:
            body = answer_letter(answer.about, str(error))
            letters.append(_Letter(record_id, body, "answer", answer.about, str(error)))
    return letters


def _keep_all(letters: Sequence[_Letter], tally: Tally, ports: Ports) -> None:
    """Keep letters; what is not kept has its record delivered again."""
    steps = [partial(ports.letters.keep, each.body) for each in letters]
    ended = ports.workers.run(steps, at_once_max=CONCURRENCY_MAX)
    for letter, step in zip(letters, ended, strict=True):
        error = step.exception()
        if error is not None:
            _defer(letter.record_id, error, tally, ports)
            continue
        ports.signals.emit(
            "announce.dead_letter", kind=letter.kind, about=letter.about, why=letter.why
        )


def _defer(record_id: str, error: BaseException, tally: Tally, ports: Ports) -> None:
    if record_id not in tally.failed:
        tally.failed.append(record_id)
    ports.signals.emit(
        "announce.record_deferred",
        record_id=record_id,
        error=type(error).__name__,
        detail=str(error),
    )
