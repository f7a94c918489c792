"""In no stretch of time are more launches granted than the rate allows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headrace.launches.budget import MICROSECONDS, LaunchRate

rates = st.builds(
    LaunchRate,
    per_second=st.floats(0.01, 1000),
    burst=st.integers(1, 1000),
)
calls = st.lists(
    st.tuples(st.integers(0, 20 * MICROSECONDS), st.integers(0, 300)),
    min_size=1,
    max_size=40,
)
START_US = 1_700_000_000 * MICROSECONDS


def grants_of(rate, calls):
    """Return when how many launches were granted, as the callers come one by one."""
    now_us, full_at_us, grants = START_US, None, []
    for wait_us, wanted in calls:
        now_us += wait_us
        reserved = rate.reserve(wanted, now_us=now_us, full_at_us=full_at_us)
        assert 0 <= reserved.launches <= wanted
        if reserved.launches:
            assert reserved.full_at_us > (full_at_us or 0)
        else:
            assert reserved.full_at_us == full_at_us
        full_at_us = reserved.full_at_us
        grants.append((now_us, reserved.launches))
    return grants


@given(rates, calls)
def test_no_stretch_of_time_has_more_than_the_burst_and_its_share(rate, calls):
    grants = grants_of(rate, calls)
    for first, (from_us, _) in enumerate(grants):
        total = 0
        for now_us, launches in grants[first:]:
            total += launches
            seconds = (now_us - from_us) / MICROSECONDS
            # A microsecond is the resolution of the stored time.
            share = rate.per_second * (seconds + 1 / MICROSECONDS)
            assert total <= rate.burst + share


@given(rates, calls, st.lists(st.integers(-MICROSECONDS, 0), min_size=40, max_size=40))
def test_clocks_that_lag_get_less_and_never_more(rate, calls, lags):
    """Invocations on machines whose clocks are up to a second behind."""
    now_us, full_at_us, total = START_US, None, 0
    for (wait_us, wanted), lag_us in zip(calls, lags, strict=False):
        now_us += wait_us
        reserved = rate.reserve(wanted, now_us=now_us + lag_us, full_at_us=full_at_us)
        full_at_us, total = reserved.full_at_us, total + reserved.launches
    seconds = (now_us - START_US) / MICROSECONDS + 1
    assert total <= rate.burst + rate.per_second * (seconds + 1 / MICROSECONDS)


@given(rates, st.integers(1, 300))
def test_who_waits_long_enough_gets_what_fits_the_burst(rate, wanted):
    drained = rate.reserve(rate.burst, now_us=START_US, full_at_us=None)
    assert drained.launches == rate.burst
    refill_us = int(rate.burst * MICROSECONDS / rate.per_second) + 2
    again = rate.reserve(
        wanted, now_us=START_US + refill_us, full_at_us=drained.full_at_us
    )
    assert again.launches == min(wanted, rate.burst)
