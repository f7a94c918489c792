"""The wiring: a full environment is enough to build a function's world, no network."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from builders import CLUSTER_ARN, DEPLOYMENT_ID
from environments import an_environment
from headrace import wiring
from headrace.errors import Misconfigured
from headrace.settings import DispatchSettings, ReconcileSettings, RecordSettings
from headrace.windows import Profile, Windows

MODELS = (DispatchSettings, RecordSettings, ReconcileSettings)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(autouse=True)
def region(monkeypatch):
    """Lambda sets the region in every function's environment."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def built(model, **changes):
    return wiring.ports(model, an_environment(model) | changes)


@pytest.mark.parametrize("model", MODELS)
def test_a_full_environment_makes_a_world(model):
    world = built(model, HEADRACE_PROFILE="laptop", HEADRACE_RETENTION_DAYS="40")

    assert world.deployment_id == DEPLOYMENT_ID
    assert world.windows == Windows.of(Profile.LAPTOP)
    assert world.retention_days == 40
    assert world.placement.group == f"headrace:{DEPLOYMENT_ID}"
    assert world.placement.cluster_arn == CLUSTER_ARN


@pytest.mark.parametrize("model", [DispatchSettings, ReconcileSettings])
def test_what_launches_knows_where_tasks_run(model):
    placement = built(model, HEADRACE_SUBNET_IDS="subnet-1,subnet-2").placement

    assert placement.subnet_ids == ("subnet-1", "subnet-2")
    assert placement.security_group_ids == ("sg-0a1b2c3d",)
    assert placement.assign_public_ip == "ENABLED"


@pytest.mark.parametrize("model", MODELS)
def test_without_the_untrusted_class_there_is_no_place_for_its_jobs(model):
    assert built(model).untrusted_placement is None


@pytest.mark.parametrize("model", [DispatchSettings, ReconcileSettings])
def test_untrusted_jobs_have_a_place_of_their_own_without_a_public_address(model):
    placement = built(
        model,
        HEADRACE_UNTRUSTED_CLUSTER_ARN=f"{CLUSTER_ARN}-untrusted",
        HEADRACE_UNTRUSTED_SUBNET_IDS="subnet-8,subnet-9",
        HEADRACE_UNTRUSTED_SECURITY_GROUP_IDS="sg-9",
    ).untrusted_placement

    assert placement.cluster_arn == f"{CLUSTER_ARN}-untrusted"
    assert placement.group == f"headrace:{DEPLOYMENT_ID}"
    assert placement.subnet_ids == ("subnet-8", "subnet-9")
    assert placement.security_group_ids == ("sg-9",)
    assert placement.assign_public_ip == "DISABLED"


def test_record_knows_both_clusters():
    arn = f"{CLUSTER_ARN}-untrusted"
    world = built(RecordSettings, HEADRACE_UNTRUSTED_CLUSTER_ARN=arn)
    assert world.untrusted_placement.cluster_arn == arn


def test_record_can_neither_launch_nor_stop_nor_reserve():
    world = built(RecordSettings)

    with pytest.raises(Misconfigured, match="RecordSettings gives no access to ECS"):
        world.tasks.stop("arn", reason="")
    with pytest.raises(Misconfigured, match="gives no launch budget"):
        world.budget.reserve(1, now=NOW)


def test_reconcile_wakes_nobody():
    with pytest.raises(Misconfigured, match="gives no reconcile function"):
        built(ReconcileSettings).waker.wake()


@pytest.mark.parametrize(
    ("variable", "tenant"), [("", None), ("blue", "blue")], ids=["none", "blue"]
)
def test_only_a_named_tenant_is_pinned(variable, tenant):
    world = built(DispatchSettings, HEADRACE_PINNED_TENANT=variable)

    assert world.pinned_tenant == tenant


def test_a_function_without_a_queue_of_its_own_has_no_pinned_tenant():
    assert built(RecordSettings).pinned_tenant is None


def test_the_world_is_built_once_from_the_functions_own_environment(monkeypatch):
    wiring._cached.cache_clear()
    for name, value in an_environment(RecordSettings).items():
        monkeypatch.setenv(name, value)
    try:
        first = wiring.ports(RecordSettings)
        monkeypatch.delenv("HEADRACE_JOB_TABLE_NAME")
        assert wiring.ports(RecordSettings) is first
    finally:
        wiring._cached.cache_clear()


def test_a_log_line_has_what_it_is_about_and_not_where_it_was_written(
    capsys, monkeypatch
):
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "of this test alone")
    wiring._logger.cache_clear()
    try:
        built(RecordSettings).signals.emit("job.accepted", job_id="j1")
    finally:
        wiring._logger.cache_clear()

    line = json.loads(capsys.readouterr().out)
    assert set(line) == {"level", "timestamp", "service", "event", "job_id"}


def test_an_invocation_publishes_its_counts_even_when_it_fails(capsys):
    world = built(RecordSettings)

    def fail():
        with wiring.invocation(world, context=None) as given:
            given.signals.emit("job.accepted")
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["JobsAccepted"] for line in lines if "_aws" in line] == [[1.0]]
