"""The windows: the inequalities that the protocol's proof rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headrace.errors import Misconfigured
from headrace.windows import Profile, Windows


def test_the_standard_windows_hold_together():
    assert Windows.of(Profile.STANDARD) == Windows()


def test_the_laptop_passes_an_hour_in_a_minute():
    laptop = Windows.of(Profile.LAPTOP)

    assert laptop.absence_end_seconds == Windows().absence_end_seconds / 60
    assert laptop.missing_sightings == Windows().missing_sightings


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"replay_seconds": 2610}, "a replay must land while its token lives"),
        ({"quiet_seconds": 900}, "quiet_seconds must cover a late landing"),
        (
            {"absence_end_seconds": 1770},
            "absence must be provable after the last replay",
        ),
        ({"absence_end_seconds": 3600}, "before ECS forgets stopped tasks"),
        ({"running_poll_seconds": 3600}, "running_poll_seconds must find a stop"),
        ({"first_visit_seconds": 149}, "first_visit_seconds must come after"),
    ],
)
def test_windows_that_break_the_proof_are_refused(changes, rule):
    with pytest.raises(Misconfigured, match=rule):
        replace(Windows(), **changes)


def test_the_laptops_proof_rests_on_its_own_ecs_lives():
    laptop = Windows.of(Profile.LAPTOP)

    assert laptop.divided(2).factor == 120
    with pytest.raises(Misconfigured, match="while its token lives"):
        replace(laptop, replay_seconds=2610 / 60)
    with pytest.raises(Misconfigured, match="before ECS forgets stopped tasks"):
        replace(laptop, absence_end_seconds=3600 / 60)
