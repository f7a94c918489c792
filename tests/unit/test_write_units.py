"""A simple job is cheap: its writes are counted by DynamoDB's own rules."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import pytest

from builders import NOW, TASK_ARN, a_placement, a_request
from expanded_template import source
from headrace.aws.job_item import to_item
from headrace.identity import canonical_json
from headrace.jobs.job import JobStatus
from headrace.jobs.sighting import applied
from headrace.requests.parsing import parse_request
from headrace.stages.acceptance import submission
from headrace.stages.launching import facts, intended
from headrace_local.bill.item_sizes import index_keys_of, item_bytes
from headrace_local.bill.item_sizes import write_units as units_of
from headrace_local.memory import (
    MemoryJobStore,
)
from stores import a_sighting, ports_over

PARAMETERS = {"type": "object", "additionalProperties": {"type": "string"}}

# As long as those of AWS are: none of them can be compressed.
SUBNETS = ("subnet-0a1b2c3d4e5f60718", "subnet-0f1e2d3c4b5a69788")
GROUPS = ("sg-0123456789abcdef0",)
OPERATION_ID = "0123456789abcdef0123456789abcdef"


INDEX_KEYS = index_keys_of(source()["Resources"]["JobTable"]["Properties"])


def write_units(before, after):
    return units_of(before, after, index_keys=INDEX_KEYS)


def a_world():
    placement = a_placement(subnet_ids=SUBNETS, security_group_ids=GROUPS)
    world = ports_over(MemoryJobStore(), parameters=PARAMETERS, command=None)
    return replace(world, placement=placement)


def a_body(size: int, random: Random) -> str:
    """Return a request of so many bytes, most of them ids that do not compress."""
    parameters: dict[str, str] = {}
    body = a_request(parameters=parameters)
    while (left := size - len(json.dumps(body))) > 0:
        value = f"s3://bucket/{random.randbytes(16).hex()}.csv"
        parameters[f"file{len(parameters)}"] = value[: max(1, left - 14)]
    return json.dumps(body)


def items_of_a_simple_job(body: str):
    """Return the job's item as accepted with its intent, running and succeeded."""
    world = a_world()
    request = parse_request(body, pinned_tenant=None, now=NOW)
    (registered,) = world.catalogue.active(["report"]).values()
    read = submission("message-1", request, registered, world)
    waiting = replace(read.job, revision=0, sequence=0, transitions=())
    mover = facts(world, owner=OPERATION_ID)
    starting = intended(waiting, read.entry, mover, world)
    starting = replace(starting, operation_id=OPERATION_ID, sole_container="main")
    seen = {
        "job_id": starting.job_id,
        "operation_id": OPERATION_ID,
        "task_arn": TASK_ARN,
        "image_digest": f"sha256:{'0a' * 32}",
    }
    running = applied(starting, a_sighting(version=5, **seen))
    success = a_sighting(JobStatus.SUCCEEDED, version=9, **seen)
    return [to_item(job) for job in (starting, running, applied(running, success))]


@pytest.mark.parametrize("seed", range(20))
def test_a_simple_job_costs_at_most_twelve_write_units_in_three_writes(seed):
    body = a_body(1024, Random(seed))  # noqa: S311 - the same bodies every time
    assert 1000 <= len(body) <= 1040
    items = items_of_a_simple_job(body)
    befores = [None, *items[:-1]]
    units = [write_units(*pair) for pair in zip(befores, items, strict=True)]
    assert sum(units) <= 12, [item_bytes(item) for item in items]


def test_the_lists_keep_their_keys_and_the_timer_is_touched_twice():
    accepted, running, succeeded = items_of_a_simple_job(a_body(200, Random(1)))  # noqa: S311
    pairs = [(None, accepted), (accepted, running), (running, succeeded)]
    base = [-(-item_bytes(after) // 1024) for _, after in pairs]
    of_indexes = [
        write_units(*pair) - own for pair, own in zip(pairs, base, strict=True)
    ]
    assert of_indexes == [3, 0, 1]


def test_a_job_with_every_carried_field_stays_within_the_bound():
    carried = {
        "correlationId": "6f1c7a52-93a4-4f0e-8f5d-1f4f3d0b9c11",
        "requestedBy": "arn:aws:iam::123456789012:role/nightly-reports",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }
    body = json.dumps(json.loads(a_body(860, Random(1))) | carried)  # noqa: S311
    assert len(body) >= 1024
    items = items_of_a_simple_job(body)
    befores = [None, *items[:-1]]
    assert sum(write_units(*pair) for pair in zip(befores, items, strict=True)) <= 12


def test_an_order_costs_little_beside_the_request_that_it_repeats():
    body = a_body(1024, Random(1))  # noqa: S311 - the same body every time
    payload = items_of_a_simple_job(body)[0]["payload"]["B"]
    assert len(payload) < 0.8 * len(canonical_json(json.loads(body)))
