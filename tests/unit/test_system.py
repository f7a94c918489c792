"""The machine's clock and randomness, in the shapes that others rely on."""

from __future__ import annotations

import re
from datetime import UTC

from headrace.aws.system import SystemClock, SystemIds


def test_the_clock_tells_aware_utc_time():
    clock = SystemClock()
    first_at = clock.now()
    assert first_at.tzinfo is UTC
    assert clock.now() >= first_at


def test_no_two_ids_are_equal():
    ids = SystemIds()
    assert len({ids.operation_id() for _ in range(1000)}) == 1000
    assert len({ids.traceparent() for _ in range(1000)}) == 1000


def test_a_trace_begins_with_a_valid_header():
    header = SystemIds().traceparent()
    assert re.fullmatch(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01", header)


def test_a_fraction_is_below_one():
    ids = SystemIds()
    assert all(0 <= ids.fraction() < 1 for _ in range(1000))
