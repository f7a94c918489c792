"""The functions: every example event through the file that the template names."""

from __future__ import annotations

import json

import pytest
import yaml

from function_handlers import ROOT, Context, handler_of
from headrace.errors import Misconfigured
from headrace.jobs.job import JobStatus
from world import World

EVENTS = sorted((ROOT / "events").glob("*/*.json"))


def event_of(name):
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


@pytest.fixture
def world():
    """Return a world whose catalogue has `hello`, which the events ask for."""
    world = World()
    hello = yaml.safe_load((ROOT / "jobs" / "hello.yaml").read_text())
    world.register_also(hello)
    return world


def failures(answer):
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def run(stage, name, world: World):
    return handler_of(stage)(event_of(f"{stage}/{name}"), Context(), ports=world.ports)


@pytest.mark.parametrize(
    "path", EVENTS, ids=[f"{path.parent.name}/{path.stem}" for path in EVENTS]
)
def test_every_example_event_is_taken(world, path):
    run("dispatch", "one_request", world)
    event = json.loads(path.read_text())
    answer = handler_of(path.parent.name)(event, Context(), ports=world.ports)

    if path.parent.name == "reconcile":
        assert set(answer) == {"visited", "drained"}
    elif path.stem == "replay":
        assert set(answer) == {"published", "missing", "failed"}
    elif path.parent.name == "announce":
        assert failures(answer) == []
    else:
        sent = {each["messageId"] for each in event["Records"]}
        assert set(failures(answer)) <= sent


def test_a_request_and_its_events_make_an_outcome(world):
    assert failures(run("dispatch", "one_request", world)) == []
    assert failures(run("record", "task_running", world)) == []
    assert failures(run("record", "task_succeeded", world)) == []

    (job,) = world.jobs.jobs()
    assert job.status is JobStatus.SUCCEEDED


def test_a_mixed_batch_keeps_the_good_and_stores_the_bad(world):
    assert failures(run("dispatch", "mixed_batch", world)) == []

    jobs = world.jobs.jobs()
    refused = {stored.rejection.field for stored in world.jobs.rejections()}
    assert [job.status for job in jobs] == [JobStatus.STARTING] * 2
    assert len(world.tasks()) == 2  # five messages: one of them a duplicate
    assert refused == {"colour", None}


def test_an_unreadable_event_goes_back_and_the_rest_is_taken(world):
    run("dispatch", "one_request", world)

    unreadable = failures(run("record", "mixed_batch", world))

    assert len(unreadable) >= 1
    assert world.signals.of("record.message_unreadable")


def test_reconcile_begins_nothing_when_its_time_is_short(world):
    run("dispatch", "one_request", world)
    world.lose_events()
    world.pass_time(200)

    handler_of("reconcile")({}, Context(milliseconds=15_000), ports=world.ports)

    (job,) = world.jobs.jobs()
    assert job.status is JobStatus.STARTING


@pytest.mark.parametrize("stage", ["dispatch", "record", "reconcile"])
def test_without_its_settings_a_function_fails_and_names_them(stage):
    with pytest.raises(Misconfigured, match="HEADRACE_JOB_TABLE_NAME"):
        handler_of(stage)({"Records": []}, Context())


@pytest.mark.parametrize("stage", ["dispatch", "record", "reconcile"])
def test_a_handler_is_at_most_forty_lines(stage):
    path = ROOT / "functions" / stage / "app.py"

    assert len(path.read_text().splitlines()) <= 40


def test_each_change_in_a_batch_is_announced(world):
    assert failures(run("announce", "job_succeeded", world)) == []

    told = [each.detail["status"] for each in world.bus.taken]
    assert told == ["RUNNING", "SUCCEEDED"]


def test_a_change_that_cannot_even_be_kept_is_the_one_that_comes_again(world):
    world.letters.is_full = True
    event = event_of("announce/record_unreadable")
    unreadable = event["Records"][0]["dynamodb"]["SequenceNumber"]

    assert failures(run("announce", "record_unreadable", world)) == [unreadable]


def test_when_its_time_is_over_announce_keeps_what_is_left(world):
    event = event_of("announce/job_succeeded")
    handler_of("announce")(event, Context(milliseconds=20_000), ports=world.ports)

    assert world.bus.calls == []
    assert len(world.letters.bodies) == 2
