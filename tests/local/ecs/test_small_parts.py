"""Clock, timers, patterns, images, and the retrying of deliveries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from ecs_engine import make_engine
from headrace_local.ecs import EngineSettings, Faults, Timers, VirtualClock
from headrace_local.ecs.delivery import Delivery
from headrace_local.ecs.patterns import paths_of, values_at
from headrace_local.ecs.routing import Routes
from headrace_local.ecs.runners.images import ImageMap
from headrace_local.ecs.runners.subprocesses import niceness
from processes import wait_for

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"


def test_a_virtual_clock_halts_at_every_timer_on_its_way():
    clock = VirtualClock()
    timers = Timers(clock)
    clock.attach(timers)
    start, seen = clock.now(), []

    def note(name):
        seen.append((name, (clock.now() - start).total_seconds()))

    timers.after(3, lambda: note("c"))
    timers.after(1, lambda: (note("a"), timers.after(1, lambda: note("b"))))
    timers.after(2, lambda: note("never")).cancel()
    clock.advance(2.5)
    assert seen == [("a", 1.0), ("b", 2.0)]
    clock.advance(1)
    assert seen[-1] == ("c", 3.0)
    assert clock.now() - start == timedelta(seconds=3.5)
    assert timers.next_due_at() is None


def test_timers_of_one_moment_fire_in_the_order_of_their_making():
    clock = VirtualClock()
    timers = Timers(clock)
    seen = []
    for number in range(20):
        timers.after(1, lambda number=number: seen.append(number))
    clock.advance(1)
    assert seen == []
    assert timers.run_due() == 20
    assert seen == list(range(20))


def test_a_pattern_names_the_paths_it_looks_at():
    pattern = {
        "source": ["aws.ecs"],
        "detail": {
            "group": [{"prefix": "headrace:"}],
            "$or": [{"lastStatus": ["STOPPED"]}, {"containers": {"exitCode": [1]}}],
        },
    }
    assert paths_of(pattern) == {
        ("source",),
        ("detail", "group"),
        ("detail", "lastStatus"),
        ("detail", "containers", "exitCode"),
    }


def test_events_that_differ_only_elsewhere_look_the_same_to_a_pattern():
    paths = paths_of({"detail": {"lastStatus": ["STOPPED"], "n": [{"exists": True}]}})

    def seen(**detail):
        return values_at({"detail": detail}, paths)

    assert seen(lastStatus="STOPPED", version=1) == seen(lastStatus="STOPPED")
    assert seen(lastStatus="STOPPED") != seen(lastStatus="RUNNING")
    assert seen(n=None) != seen()


@pytest.mark.parametrize(
    ("entry_point", "command", "argv"),
    [
        (None, None, ("run", "--all")),
        (None, ("one",), ("run", "one")),
        (("sh", "-c"), ("x",), ("sh", "-c", "x")),
        (("sh",), None, ("sh",)),
    ],
)
def test_entry_point_and_command_join_as_docker_joins_them(entry_point, command, argv):
    image = {"entryPoint": ["run"], "command": ["--all"]}
    images = ImageMap.parse({"report:*": image})
    assert images.argv("report:1", entry_point, command) == argv


def test_an_image_map_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="report"):
        ImageMap.parse({"report": "python"})
    with pytest.raises(LookupError):
        ImageMap.parse({}, is_closed=True).argv("any", None, None)


def test_less_cpu_is_nicer():
    assert [niceness(each) for each in (4096, 1024, 256, 1)] == [0, 6, 12, 19]


class Upstream:
    """An EventBridge and an SQS that fail at first, as while an emulator starts."""

    def __init__(self, failures):
        self.failures = failures
        self.bodies = []
        self.verdicts = 0

    def _maybe_fail(self):
        if self.failures:
            self.failures -= 1
            raise EndpointConnectionError(endpoint_url="http://nowhere")

    def get_paginator(self, name):
        self._maybe_fail()
        pages = {
            "list_rules": {
                "Rules": [
                    {"Name": "on", "EventPattern": '{"detail":{"lastStatus":["X"]}}'},
                    {"Name": "off", "EventPattern": "{}", "State": "DISABLED"},
                    {"Name": "schedule"},
                ]
            },
            "list_targets_by_rule": {
                "Targets": [
                    {"Arn": QUEUE},
                    {"Arn": "arn:aws:lambda:us-east-1:123456789012:function:f"},
                    {"Arn": QUEUE, "InputTransformer": {"InputTemplate": "x"}},
                    {"Arn": QUEUE, "InputPath": "$.detail.containers[0]"},
                ]
            },
        }
        page = pages[name]

        class Paginator:
            def paginate(self, **_):
                return [page]

        return Paginator()

    def test_event_pattern(self, **_):
        self._maybe_fail()
        self.verdicts += 1
        return {"Result": True}

    def get_queue_url(self, **_):
        self._maybe_fail()
        return {"QueueUrl": "http://q"}

    def send_message_batch(self, *, QueueUrl, Entries):  # noqa: N803 - boto3's names
        assert QueueUrl == "http://q"
        self._maybe_fail()
        # The first of each batch of several is refused and must be sent again.
        failed, sent = Entries[:1], Entries[1:]
        if len(Entries) == 1:
            failed, sent = [], Entries
        self.bodies += [each["MessageBody"] for each in sent]
        return {
            "Successful": [{"Id": each["Id"]} for each in sent],
            "Failed": [{"Id": each["Id"]} for each in failed],
        }


def test_a_delivery_is_retried_until_the_upstream_takes_it():
    upstream = Upstream(failures=4)
    timers = Timers(VirtualClock())
    delivery = Delivery(
        events=upstream,
        sqs=upstream,
        faults=Faults(),
        timers=timers,
        settings=EngineSettings(),
    )
    delivery.start()
    ecs = make_engine()
    ecs.engine.subscribe(delivery.take)
    ecs.run(count=3)
    ecs.clock.advance()
    assert wait_for(lambda: delivery.delivered_messages == 24, seconds=15)
    delivery.close()
    assert len(upstream.bodies) == len(set(upstream.bodies)) == 24


def test_one_verdict_serves_all_events_that_look_the_same_to_the_pattern(caplog):
    upstream = Upstream(failures=0)
    routes = Routes(upstream, monotonic=lambda: 0.0)
    ecs = make_engine()
    ecs.run(count=10)
    ecs.clock.advance()
    statuses = {each["detail"]["lastStatus"] for each in ecs.events}
    for event in ecs.events:
        (target,) = routes.targets(event)
        assert target.queue_arn == QUEUE
    assert upstream.verdicts == len(statuses)
    warnings = [each.message for each in caplog.records]
    assert len(warnings) == 2
    assert any("only SQS targets" in each for each in warnings)
    assert any("InputTransformer" in each or "InputPath" in each for each in warnings)
