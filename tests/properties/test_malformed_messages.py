"""Whatever is sent: it is answered, it harms no neighbour, and it leaks nothing.

A failure names class and seed; `malformed.bad(class, seed)` is that message again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from random import Random
from typing import Any

import pytest

from builders import a_request
from function_handlers import Context, handler_of, queue_event
from headrace.jobs.job import Job, JobStatus
from headrace.ports import StoredRejection
from headrace.requests.rejection import Reason
from malformed import CLASSES, SEEDS, bad
from malformed.catalogue import PINNED, PINNED_TENANT, RENDER, TAKEN_KEY
from malformed.message import Bad
from world import World

DISPATCH = handler_of("dispatch")
NEIGHBOURS_MAX = 9

# What a rejection of each reason says besides a limit, which all have.
NO_FIELD = {Reason.MALFORMED_JSON, Reason.NOT_AN_OBJECT, Reason.TOO_LARGE}
NO_VALUE = {
    Reason.MALFORMED_JSON,
    Reason.NOT_AN_OBJECT,
    Reason.MISSING_FIELD,
    Reason.SECRET_IN_MESSAGE,
}
SOMETIMES_A_VALUE = {Reason.INVALID_PARAMETERS}  # none where a parameter is missing


def a_world(name: str) -> World:
    """Return the world that a class is sent into."""
    world = World(pinned_tenant=PINNED_TENANT if name in PINNED else None)
    world.register_also(RENDER)
    if name not in PINNED:
        world.submit(idempotencyKey=TAKEN_KEY)
    return world


def batches(name: str) -> Iterator[list[int]]:
    """Deal a class's seeds into batches of one to nine."""
    random = Random(name)  # noqa: S311 - repeatable is the point
    seeds = list(range(SEEDS))
    while seeds:
        count = random.randint(1, NEIGHBOURS_MAX)
        yield seeds[:count]
        seeds = seeds[count:]


def wrong_with(message: Bad, message_id: str, world: World) -> list[str]:
    """Return what does not hold of a bad message's answer."""
    stored = world.jobs.rejection(message_id)
    if stored is None:
        return ["no rejection was stored"]
    told = stored.rejection
    data = message.body.encode("utf-8", "surrogatepass")
    holds = {
        f"reason is {message.reason}, not {told.reason}": told.reason is message.reason,
        "sha256": told.body_sha256 == hashlib.sha256(data).hexdigest(),
        "size": told.body_bytes == len(data),
        "limit": bool(told.limit),
        f"field {told.field}": (told.field is None) == (told.reason in NO_FIELD),
        f"field is {message.field}, not {told.field}": (
            message.field in {None, told.field}
        ),
        f"value {told.value}": (
            told.reason in SOMETIMES_A_VALUE
            or (told.value is None) == (told.reason in NO_VALUE)
        ),
    } | {f"text {text!r}": is_safe(text) for text in texts_of(stored)}
    everything = json.dumps(asdict(stored), default=str, ensure_ascii=False)
    holds["leaks the secret"] = (
        message.secret is None or message.secret not in everything
    )
    return [rule for rule, is_held in holds.items() if not is_held]


def texts_of(stored: StoredRejection) -> list[str]:
    told = stored.rejection
    return [text for text in (told.field, told.limit, told.value, told.message) if text]


def is_safe(text: str) -> bool:
    """One line of a bounded length, without controls: safe to log and to show."""
    return len(text) <= 2_000 and text.isprintable() and bool(text.encode())


def sent(world: World, name: str, seeds: list[int]) -> dict[str, Any]:
    """Send bad messages with a good one among them; return the handler's answer."""
    bodies = [(f"{name}-{seed}", bad(name, seed).body) for seed in seeds]
    place = Random(f"{name}:{seeds[0]}").randint(0, len(bodies))  # noqa: S311 - ditto
    key = f"good-{seeds[0]}"
    bodies.insert(place, (key, json.dumps(a_request(idempotencyKey=key))))
    try:
        event = queue_event("headrace-requests", bodies)
        return DISPATCH(event, Context(), ports=world.ports)
    except Exception as error:
        error.add_note(f"class {name}, seeds {seeds}")
        raise


def neighbour_of(world: World, seeds: list[int]) -> Job | None:
    key = f"good-{seeds[0]}"
    found = [job for job in world.jobs.jobs() if job.idempotency_key == key]
    return found[0] if found else None


@pytest.mark.parametrize("name", CLASSES)
def test_every_bad_message_is_answered_and_no_neighbour_waits(
    name: str, record_property: Any
) -> None:
    world = a_world(name)
    before = {job.job_id: job for job in world.jobs.jobs()}
    problems: list[str] = []
    seconds = 0.0
    neighbours = 0

    for seeds in batches(name):
        started = time.perf_counter()
        answer = sent(world, name, seeds)
        seconds += time.perf_counter() - started
        neighbours += 1

        job = neighbour_of(world, seeds)
        if answer["batchItemFailures"]:
            problems.append(f"class {name}, seeds {seeds}: {answer}")
        if job is None or job.status is not JobStatus.STARTING:
            problems.append(f"class {name}, seeds {seeds}: the neighbour is {job}")
        problems += [
            f"class {name}, seed {seed}: {problem}"
            for seed in seeds
            for problem in wrong_with(bad(name, seed), f"{name}-{seed}", world)
        ]

    record_property("handler_seconds_per_message", seconds / (SEEDS + neighbours))
    assert problems == []
    assert len(world.jobs.rejections()) == SEEDS
    after = {job.job_id: job for job in world.jobs.jobs()}
    assert {job_id: after[job_id] for job_id in before} == before
    assert len(after) == len(before) + neighbours  # no job of a bad message
    assert len(world.tasks()) == len(after)
    assert signals_that_are_unsafe(world, name) == []


def signals_that_are_unsafe(world: World, name: str) -> list[str]:
    """Return what operators were told that forges a line or leaks a secret."""
    secrets = [bad(name, seed).secret for seed in range(SEEDS)]
    told = [
        f"{signal.event} {text}"
        for signal in world.signals.all()
        for text in map(str, signal.fields.values())
    ]
    return [
        text
        for text in told
        if not is_safe(text) or any(each and each in text for each in secrets)
    ]


def test_there_are_thousands_of_messages_in_dozens_of_classes() -> None:
    assert len(CLASSES) >= 20
    assert len(CLASSES) * SEEDS >= 2_000


@pytest.mark.parametrize("name", CLASSES)
def test_a_seed_is_the_same_message_again_and_most_seeds_are_others(name: str) -> None:
    bodies = [bad(name, seed).body for seed in range(20)]

    assert bodies == [bad(name, seed).body for seed in range(20)]
    assert len(set(bodies)) >= 10


def test_every_reason_that_this_release_gives_is_met() -> None:
    met = {bad(name, seed).reason for name in CLASSES for seed in range(10)}

    # No message is rejected so by its form alone; tests/stages/test_rerun.py has one.
    assert set(Reason) - met == {Reason.NOT_CANCELLABLE, Reason.NOT_RERUNNABLE}
