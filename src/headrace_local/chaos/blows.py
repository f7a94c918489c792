"""Whom a chaos run kills, in which order and how far apart. The seed decides it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

SECONDS_BETWEEN = 1.0  # on average
SECONDS_BETWEEN_MAX = 4.0


class Victim(StrEnum):
    """What sort of process is killed."""

    WORKER = "worker"  # a process in which the emulator runs a function
    TASK = "task"  # a process that a task's container is
    SERVER = "local ECS"
    KEEPER = "keeper"  # the local ECS's process that starts and reaps the tasks'


_SHARES = {Victim.TASK: 0.45, Victim.SERVER: 0.08, Victim.KEEPER: 0.07}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """One SIGKILL.

    Attributes:
        victim: Of which sort.
        after_seconds: How long after the one before.
        which: Which of those there are then, as a part of their number below 1.
    """

    victim: Victim
    after_seconds: float
    which: float


def blows(*, seed: int, kills: int) -> Sequence[Blow]:
    """Return a run's kills: fixed parts of each sort, in a random order.

    Args:
        seed: Decides order, pauses and whom.
        kills: How many; from four on there is one of each sort at least.
    """
    chance = random.Random(f"blows {seed}")  # noqa: S311 - chance, no secret
    victims = [
        victim
        for victim, share in _SHARES.items()
        for _ in range(max(1, round(kills * share)))
    ]
    victims += [Victim.WORKER] * max(1, kills - len(victims))
    chance.shuffle(victims)
    return [
        Blow(
            victim=victim,
            after_seconds=min(
                SECONDS_BETWEEN_MAX, chance.expovariate(1 / SECONDS_BETWEEN)
            ),
            which=chance.random(),
        )
        for victim in victims[:kills]
    ]
