"""Launch orders and sweeps: what ECS is asked, and what a listing proves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import CLUSTER_ARN, DEPLOYMENT_ID, NOW, a_job, a_placement, a_request_body
from definition_builders import a_registered, a_resolved
from headrace.definitions.admission import admit
from headrace.jobs.job import JobStatus
from headrace.launches.orders import order_for
from headrace.launches.sweep import Sweep
from headrace.requests.parsing import parse_request


def ordered(registered, *, placement=None, **changes):
    job = a_job(status=JobStatus.STARTING, **changes)
    request = parse_request(a_request_body(), pinned_tenant=None, now=NOW)
    return order_for(
        job,
        request=request,
        registered=registered,
        terms=admit(request, registered, now=NOW),
        placement=placement or a_placement(),
    )


def test_an_order_says_all_that_ecs_is_asked():
    registered = a_registered(capacity=["FARGATE_SPOT", "FARGATE"], memory=[512, 1024])

    order = ordered(registered, capacity_rung=1, memory_rung=1)

    overrides = order.request["overrides"]
    (container,) = overrides["containerOverrides"]
    assert {**order.request, "overrides": None} == {
        "cluster": CLUSTER_ARN,
        "taskDefinition": registered.resolved.arn,
        "count": 1,
        "clientToken": order.token,
        "startedBy": order.token,
        "group": f"headrace:{DEPLOYMENT_ID}",
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-0a1b2c3d"],
                "securityGroups": ["sg-0a1b2c3d"],
                "assignPublicIp": "DISABLED",
            }
        },
        "overrides": None,
    }
    assert overrides["memory"] == "1024"
    assert container["name"] == "main"
    assert list(container["command"]) == ["report", "--date", "2026-11-22"]


def test_a_value_that_a_job_has_not_is_a_variable_that_its_container_has_not():
    order = ordered(a_registered(), correlation_id=None)

    (container,) = order.request["overrides"]["containerOverrides"]
    names = {each["name"] for each in container["environment"]}
    assert names == {
        "JOB_ID",
        "JOB_NAME",
        "JOB_VERSION",
        "JOB_ATTEMPT",
        "JOB_TENANT",
        "JOB_TIMEOUT_SECONDS",
        "JOB_PARAMETERS",
        "TRACEPARENT",
    }


def test_only_a_task_on_fargate_asks_for_a_public_address():
    registered = a_registered(capacity=["FARGATE", "on-ec2"])
    public = a_placement(assign_public_ip="ENABLED")

    asked = [
        ordered(registered, placement=public, capacity_rung=rung).request[
            "networkConfiguration"
        ]["awsvpcConfiguration"]["assignPublicIp"]
        for rung in (0, 1)
    ]

    assert asked == ["ENABLED", "DISABLED"]


def test_a_task_outside_awsvpc_gets_no_network_configuration():
    resolved = a_resolved(network_mode="bridge", requires_compatibilities=("EC2",))

    order = ordered(a_registered(resolved=resolved, capacity=["on-ec2"]))

    assert "networkConfiguration" not in order.request


def a_sweep(**changes):
    fields = {"family": "report", "began_at": NOW, "sought": frozenset({"a", "b"})}
    return Sweep(**(fields | changes))


def test_a_sweep_remembers_what_earlier_pages_showed():
    sweep = a_sweep().after_page(["a", "stranger"], "2").after_page(["x"], None)

    assert sweep.found == {"a"}
    assert sweep.is_complete
    assert not sweep.proves_absent("a")
    assert sweep.proves_absent("b")
    assert not sweep.proves_absent("stranger")


def test_a_sweep_that_has_more_pages_proves_nothing():
    sweep = a_sweep().after_page([], "2")

    assert (sweep.cursor, sweep.is_complete) == ("2", False)
    assert not sweep.proves_absent("b")


@pytest.mark.parametrize(("age_seconds", "is_stale"), [(1080, False), (1081, True)])
def test_a_sweep_is_stale_once_it_is_older_than_the_quiet_window(age_seconds, is_stale):
    now = NOW + timedelta(seconds=age_seconds)

    assert a_sweep().is_stale(now, quiet_seconds=1080) is is_stale
