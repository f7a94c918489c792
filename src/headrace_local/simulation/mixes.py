"""How likely each fault is in one schedule.

Each seed draws its own mix: which kinds it has, and how many of them. Uniform noise
finds less than days of one kind of trouble.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headrace_local.simulation.faults import Fault, Mix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headrace_local.simulation.chance import Chance

WEIGHTS = {
    Fault.KILL_BEFORE: 0.4,
    Fault.KILL_SENT: 0.4,
    Fault.KILL_AFTER: 0.6,
    Fault.REFUSED: 5.0,
    Fault.HIDDEN_THROTTLE: 2.0,
    Fault.INDEX_LAG: 4.0,
    Fault.TASK_MISSING: 5.0,
    Fault.TASK_UNLISTED: 5.0,
    Fault.START_FAILURE: 4.0,
    Fault.SPOT: 4.0,
    Fault.STOPPED_OUTSIDE: 2.0,
    Fault.STOP_IGNORED: 3.0,
    Fault.HOST_LOST: 3.0,
    Fault.MESSAGE_TWICE: 5.0,
    Fault.MESSAGE_AGAIN: 5.0,
    Fault.ACK_LOST: 5.0,
    Fault.EVENT_TWICE: 6.0,
    Fault.EVENT_LATE: 6.0,
    Fault.EVENT_LOST: 6.0,
    Fault.ENTRY_REFUSED: 2.0,
    Fault.STREAM_AGAIN: 5.0,
    Fault.TICK_LOST: 4.0,
    Fault.WAKE_LOST: 4.0,
    Fault.CLOCK_SKEW: 6.0,
}
"""How much more often than a request something is befallen: it has fewer chances."""

RATE_MAX = 0.7


INTENSITIES = (0.015, 0.03, 0.06, 0.1, 0.15)

DAYS: Mapping[str, tuple[Fault, ...]] = {
    "answers": (Fault.ANSWER_LOST, Fault.LANDS_LATE, Fault.KILL_SENT, Fault.SLOW),
    "capacity": (Fault.REFUSED, Fault.HIDDEN_THROTTLE, Fault.LANDS_LATE),
    "silence": (Fault.EVENT_LOST, Fault.TICK_LOST, Fault.WAKE_LOST, Fault.THROTTLED),
    "echoes": (
        Fault.EVENT_TWICE,
        Fault.EVENT_LATE,
        Fault.SPOT,
        Fault.MESSAGE_TWICE,
        Fault.MESSAGE_AGAIN,
        Fault.ACK_LOST,
    ),
    "blindness": (
        Fault.TASK_MISSING,
        Fault.TASK_UNLISTED,
        Fault.INDEX_LAG,
        Fault.CLOCK_SKEW,
        Fault.NOT_SENT,
    ),
}
"""Troubles that come together, each of which is the test of some guard."""

OUTAGES_OF_DAYS = {
    "capacity": frozenset({"capacity"}),
    "silence": frozenset({"events", "schedule"}),
}
DAY_SHARE = 0.6
RACES_SHARE = 0.12
RACES: Mapping[Fault, float] = {
    Fault.SLOW: 0.35,
    Fault.ANSWER_LOST: 0.12,
    Fault.CONFLICT: 0.05,
    Fault.EVENT_TWICE: 0.5,
    Fault.MESSAGE_TWICE: 0.5,
    Fault.WAKE_LOST: 0.1,
    Fault.CLOCK_SKEW: 0.5,
}
"""Nothing is killed: everybody is only late, and so works on what has changed."""


def drawn_mix(chance: Chance) -> Mix:
    """Return the mix of a seed: some of all kinds, at an intensity of its own.

    On most days one trouble stands out.
    """
    if chance.happens("mix/races", RACES_SHARE):
        scale = chance.between("mix/races/scale", 0.3, 1.0)
        rates = {fault: rate * scale for fault, rate in RACES.items()}
        return Mix(rates=rates, outage_share=0.0, is_racy=True)
    intensity = chance.pick("mix/intensity", INTENSITIES)
    share = chance.pick("mix/share", (0.3, 0.6, 0.9))
    has_theme = chance.happens("mix/has-theme", DAY_SHARE)
    day = chance.pick("mix/day", tuple(DAYS)) if has_theme else ""
    rates = {}
    for fault in Fault:
        own = chance.between(f"mix/rate/{fault.name}", 0.2, 1.0)
        rate = intensity * own * WEIGHTS.get(fault, 1.0)
        if fault in DAYS.get(day, ()):
            of_day = 0.08 * own * WEIGHTS.get(fault, 1.0)
            rates[fault] = min(max(rate, of_day), RATE_MAX)
        elif chance.at(f"mix/has/{fault.name}") < share:
            rates[fault] = min(rate, RATE_MAX)
    outages = OUTAGES_OF_DAYS.get(day, frozenset())
    return Mix(rates=rates, outage_share=0.2, outages=outages)


def rough_day(chance: Chance) -> Mix:
    """Return the mix of a rough day: base rates, scaled from 0.3 to 4 by the seed."""
    scale = chance.between("mix/scale", 0.3, 4.0)
    base = dict.fromkeys(
        (
            Fault.KILL_BEFORE,
            Fault.KILL_SENT,
            Fault.KILL_AFTER,
            Fault.NOT_SENT,
            Fault.SERVER_ERROR,
            Fault.THROTTLED,
            Fault.ANSWER_LOST,
            Fault.LANDS_LATE,
        ),
        0.001,
    )
    base |= dict.fromkeys((Fault.ANSWER_LOST, Fault.LANDS_LATE), 0.0015)
    base |= {Fault.EVENT_LOST: 0.005, Fault.EVENT_TWICE: 0.01, Fault.SPOT: 0.003}
    rates = {fault: rate * scale for fault, rate in base.items()}
    return Mix(rates=rates, outage_share=0.1)
