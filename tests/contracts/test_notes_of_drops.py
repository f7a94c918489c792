"""Notes of dropped messages: kept once, whole, in items of their own."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from builders import NOW
from headrace_client.redrive.dropping import PART_BYTES_MAX, Dropped, NoteTable

LATER = NOW + timedelta(days=90)


def a_note(**changes):
    fields = {
        "queue_name": "requests",
        "message_id": "m-1",
        "dropped_at": NOW,
        "dropped_by": "arn:aws:sts::123456789012:assumed-role/Operator/ada",
        "why": "the customer has left",
        "body_sha256": "0" * 64,
        "body_bytes": 2,
        "sent_at": NOW - timedelta(hours=1),
        "body": "{}",
        "job_name": "invoice",
        "last_error": "StoreBusy: throttled",
    }
    return Dropped(**(fields | changes))


@pytest.fixture
def notes(table):
    return NoteTable(dynamodb=table.client, table_name=table.table_name)


def incompressible():
    """A text of a megabyte that is not a third smaller when it is compressed."""
    random = Random(7)  # noqa: S311 - nobody is to be kept from guessing it
    return "".join(random.choices("0123456789abcdefghijklmnopqrstuvwxyz", k=10**6))


def items(table):
    return table.client.scan(TableName=table.table_name)["Items"]


def test_a_note_is_listed_without_its_body_and_has_it(notes):
    kept = notes.keep(a_note(), expires_at=LATER)
    assert notes.all("requests") == [kept]
    assert (kept.body, kept.parts, kept.why) == (None, 1, "the customer has left")
    assert notes.body(kept) == "{}"


def test_a_body_of_a_mebibyte_that_cannot_be_compressed_is_kept_whole(notes):
    body = incompressible()
    kept = notes.keep(a_note(body=body), expires_at=LATER)
    assert kept.parts > 1
    assert notes.body(kept) == body


def test_no_item_is_larger_than_dynamodb_takes(table, notes):
    notes.keep(a_note(body=incompressible()), expires_at=LATER)
    bodies = [bytes(each["body"]["B"]) for each in items(table) if "body" in each]
    assert max(map(len, bodies)) == PART_BYTES_MAX


def test_a_body_that_is_no_text_in_unicode_is_kept_as_it_was(notes):
    kept = notes.keep(a_note(body="\ud800"), expires_at=LATER)
    assert notes.body(kept) == "\ud800"


def test_a_note_without_a_body_says_so(notes):
    kept = notes.keep(a_note(body=None), expires_at=LATER)
    assert (kept.parts, notes.body(kept)) == (0, None)


def test_the_first_note_of_a_message_stands(notes):
    first = notes.keep(a_note(), expires_at=LATER)
    assert notes.keep(a_note(why="twice"), expires_at=LATER) == first
    assert notes.all("requests") == [first]


def test_notes_are_listed_by_queue_newest_first(notes):
    for number in range(3):
        at = NOW + timedelta(minutes=number)
        note = a_note(message_id=f"m-{number}", dropped_at=at)
        notes.keep(note, expires_at=LATER)
    notes.keep(a_note(queue_name="schedules"), expires_at=LATER)
    assert [note.message_id for note in notes.all("requests")] == ["m-2", "m-1", "m-0"]


def test_everything_that_is_written_is_under_a_key_of_its_own_and_expires(table, notes):
    notes.keep(a_note(), expires_at=LATER)
    written = items(table)
    assert {each["pk"]["S"].partition("#")[0] for each in written} == {"DROPPED"}
    assert {each["expiresAt"]["N"] for each in written} == {str(int(LATER.timestamp()))}
