"""The launch budget's arithmetic, by examples."""

from __future__ import annotations

import pytest

from headrace.errors import Misconfigured
from headrace.launches.budget import MICROSECONDS, LaunchRate, Reservation

NOW_US = 1_700_000_000 * MICROSECONDS
RATE = LaunchRate(per_second=10, burst=20)


def test_a_full_bucket_grants_the_burst_at_once():
    assert RATE.reserve(100, now_us=NOW_US, full_at_us=None).launches == 20


def test_an_empty_bucket_grants_nothing_and_changes_nothing():
    empty = RATE.reserve(20, now_us=NOW_US, full_at_us=None)
    again = RATE.reserve(5, now_us=NOW_US, full_at_us=empty.full_at_us)
    assert again == Reservation(0, empty.full_at_us)


def test_a_part_is_granted_where_not_all_is_left():
    some = RATE.reserve(12, now_us=NOW_US, full_at_us=None)
    rest = RATE.reserve(12, now_us=NOW_US, full_at_us=some.full_at_us)
    assert (some.launches, rest.launches) == (12, 8)


def test_the_bucket_fills_at_the_rate():
    empty = RATE.reserve(20, now_us=NOW_US, full_at_us=None)
    later_us = NOW_US + MICROSECONDS // 2
    assert RATE.reserve(99, now_us=later_us, full_at_us=empty.full_at_us).launches == 5


def test_a_pause_saves_up_no_more_than_the_burst():
    empty = RATE.reserve(20, now_us=NOW_US, full_at_us=None)
    later_us = NOW_US + 3600 * MICROSECONDS
    again = RATE.reserve(99, now_us=later_us, full_at_us=empty.full_at_us)
    assert again.launches == 20


def test_a_rate_below_one_a_second_is_a_rate():
    slow = LaunchRate(per_second=0.1, burst=1)
    first = slow.reserve(1, now_us=NOW_US, full_at_us=None)
    early_us, late_us = NOW_US + 9 * MICROSECONDS, NOW_US + 10 * MICROSECONDS
    assert first.launches == 1
    assert slow.reserve(1, now_us=early_us, full_at_us=first.full_at_us).launches == 0
    assert slow.reserve(1, now_us=late_us, full_at_us=first.full_at_us).launches == 1


@pytest.mark.parametrize("wanted", [0, -1])
def test_who_wants_nothing_takes_nothing(wanted):
    assert RATE.reserve(wanted, now_us=NOW_US, full_at_us=7) == Reservation(0, 7)


def test_no_rate_is_no_limit_and_needs_no_memory():
    unlimited = LaunchRate(per_second=0, burst=1)
    reserved = unlimited.reserve(10_000, now_us=NOW_US, full_at_us=None)
    assert reserved == Reservation(10_000, None)


@pytest.mark.parametrize(
    ("per_second", "burst", "told"),
    [
        (-1, 1, "launches per second: must be at least 0, but is -1"),
        (float("nan"), 1, "launches per second: must be at least 0, but is nan"),
        (float("inf"), 1, "launches per second: must be at least 0, but is inf"),
        (1, 0, "launch burst: must be at least 1, but is 0"),
    ],
)
def test_a_rate_that_makes_no_sense_is_refused(per_second, burst, told):
    with pytest.raises(Misconfigured, match=told):
        LaunchRate(per_second=per_second, burst=burst)
