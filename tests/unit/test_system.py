"""The machine's clock and randomness, in the shapes that others rely on."""

from __future__ import annotations

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


def test_a_fraction_is_below_one():
    ids = SystemIds()
    assert all(0 <= ids.fraction() < 1 for _ in range(1000))
