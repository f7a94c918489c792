"""The request and the order come back from their attribute byte for byte."""

from __future__ import annotations

import zlib

import pytest

from builders import a_job, an_order
from headrace.aws.payload import DICTIONARY, packed, unpacked
from headrace.identity import canonical_json, sha256_hex

JOB = a_job()
REQUEST = JOB.request_json
ORDER = an_order(JOB.job_id).to_json()


def test_both_come_back():
    assert unpacked(packed(REQUEST, ORDER)) == (REQUEST, ORDER)


def test_a_job_that_was_never_launched_has_no_order():
    assert unpacked(packed(REQUEST, None)) == (REQUEST, None)


def test_what_utf8_cannot_say_comes_back():
    request = canonical_json({"text": "\ud800 é 🚀"})
    assert unpacked(packed(request, ORDER)) == (request, ORDER)


@pytest.mark.parametrize("texts", [("{\n}", None), ("{}", "{\n}")])
def test_json_on_several_lines_is_refused(texts):
    with pytest.raises(ValueError, match="must be JSON on one line"):
        packed(*texts)


def test_a_person_can_read_it_as_the_documentation_says():
    lines = zlib.decompressobj(zdict=DICTIONARY).decompress(packed(REQUEST, ORDER))
    assert lines.decode().splitlines() == [REQUEST, ORDER]


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"not compressed",
        packed(REQUEST, ORDER)[:-5],
        zlib.compressobj(zdict=b"another").flush(),
    ],
)
def test_a_damaged_payload_is_told(damaged):
    with pytest.raises(ValueError, match=r"^payload: "):
        unpacked(damaged)


def test_the_dictionary_is_part_of_the_format():
    """Records of years are packed with it: a new one needs a new name beside it."""
    assert sha256_hex(DICTIONARY.decode()) == (
        "4f75dba2d6939f8e9fb6eb0efec2aadfd709a08aa2adcfe29cfe14719530bcc6"
    )
