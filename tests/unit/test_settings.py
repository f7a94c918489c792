"""The settings: a variable that makes no sense is named with its limit and value."""

from __future__ import annotations

import pytest

from environments import an_environment
from headrace.errors import Misconfigured
from headrace.settings import DispatchSettings, ReconcileSettings, RecordSettings
from headrace.windows import Profile


def refused(name, value, model=DispatchSettings):
    """Return what is said of one bad variable among good ones."""
    with pytest.raises(Misconfigured) as caught:
        model.read(an_environment(model) | {name: value})
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "limit"),
    [
        ("HEADRACE_DEPLOYMENT_ID", "", "{1,64}"),
        ("HEADRACE_DEPLOYMENT_ID", "x" * 65, "{1,64}"),
        ("HEADRACE_DEPLOYMENT_ID", "a:b", "[A-Za-z0-9-]"),
        ("HEADRACE_PROFILE", "Laptop", "'standard' or 'laptop'"),
        ("HEADRACE_JOB_TABLE_NAME", "ab", "at least 3"),
        ("HEADRACE_JOB_TABLE_NAME", "x" * 256, "at most 255"),
        ("HEADRACE_RETENTION_DAYS", "14", "greater than or equal to 15"),
        ("HEADRACE_RETENTION_DAYS", "3651", "less than or equal to 3650"),
        ("HEADRACE_RETENTION_DAYS", "a month", "integer"),
        ("HEADRACE_CLUSTER_ARN", "headrace", "^arn:"),
        ("HEADRACE_CLUSTER_ARN", "", "^arn:"),
        ("HEADRACE_UNTRUSTED_CLUSTER_ARN", "headrace-untrusted", "^(arn:"),
        ("HEADRACE_ASSIGN_PUBLIC_IP", "enabled", "(ENABLED|DISABLED)"),
        ("HEADRACE_LAUNCHES_PER_SECOND", "-0.1", "greater than or equal to 0"),
        ("HEADRACE_LAUNCHES_PER_SECOND", "10000.1", "less than or equal to 10000"),
        ("HEADRACE_LAUNCHES_PER_SECOND", "inf", "less than or equal to 10000"),
        ("HEADRACE_LAUNCHES_PER_SECOND", "nan", "less than or equal to 10000"),
        ("HEADRACE_LAUNCH_BURST", "0", "greater than or equal to 1"),
        ("HEADRACE_LAUNCH_BURST", "100001", "less than or equal to 100000"),
        ("HEADRACE_LAUNCH_BURST", "1.5", "integer"),
        ("HEADRACE_PINNED_TENANT", "blue team", "{0,64}"),
        ("HEADRACE_PINNED_TENANT", "x" * 65, "{0,64}"),
        ("HEADRACE_RECONCILE_FUNCTION_NAME", "", "at least 1"),
    ],
)
def test_a_bad_variable_is_named_with_its_limit_and_its_value(name, value, limit):
    said = refused(name, value)

    assert said.startswith(f"{name}: ")
    assert limit in said
    assert said.endswith(f", is {value!r}")


@pytest.mark.parametrize(
    ("name", "value"),
    [("HEADRACE_CLUSTER_ARN", "x"), ("HEADRACE_RECONCILE_FUNCTION_NAME", "")],
)
def test_record_holds_its_own_variables_to_the_same_limits(name, value):
    assert refused(name, value, RecordSettings).startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEADRACE_DEPLOYMENT_ID", "x" * 64),
        ("HEADRACE_JOB_TABLE_NAME", "abc"),
        ("HEADRACE_RETENTION_DAYS", "15"),
        ("HEADRACE_RETENTION_DAYS", "3650"),
        ("HEADRACE_LAUNCHES_PER_SECOND", "0"),
        ("HEADRACE_LAUNCHES_PER_SECOND", "10000"),
        ("HEADRACE_LAUNCH_BURST", "1"),
        ("HEADRACE_LAUNCH_BURST", "100000"),
        ("HEADRACE_PINNED_TENANT", ""),
        ("HEADRACE_PINNED_TENANT", "x" * 64),
        ("HEADRACE_SECURITY_GROUP_IDS", ""),
    ],
)
def test_a_variable_at_its_limit_is_taken(name, value):
    settings = DispatchSettings.read(an_environment(DispatchSettings) | {name: value})

    taken = getattr(settings, name.removeprefix("HEADRACE_").lower())
    assert (",".join(taken) if isinstance(taken, tuple) else str(taken)) in {
        value,
        f"{value}.0",
    }


def test_everything_that_is_wrong_or_missing_is_named_at_once():
    environment = an_environment(ReconcileSettings)
    environment |= {"HEADRACE_PROFILE": "fast", "HEADRACE_LAUNCH_BURST": "none"}
    del environment["HEADRACE_SUBNET_IDS"]

    with pytest.raises(Misconfigured) as caught:
        ReconcileSettings.read(environment)

    problems = str(caught.value).split("; ")
    assert [problem.partition(":")[0] for problem in problems] == [
        "HEADRACE_PROFILE",
        "HEADRACE_SUBNET_IDS",
        "HEADRACE_LAUNCH_BURST",
    ]
    assert problems[1] == "HEADRACE_SUBNET_IDS: Field required"


def test_a_comma_list_is_its_parts_without_blanks():
    environment = an_environment(DispatchSettings) | {
        "HEADRACE_SUBNET_IDS": "subnet-1, subnet-2 ,,subnet-3,",
        "HEADRACE_SECURITY_GROUP_IDS": "",
    }

    settings = DispatchSettings.read(environment)

    assert settings.subnet_ids == ("subnet-1", "subnet-2", "subnet-3")
    assert settings.security_group_ids == ()


def test_the_variables_of_others_are_left_alone():
    environment = an_environment(RecordSettings) | {
        "HEADRACE_LAUNCH_BURST": "none of record's business",
        "PATH": "/bin",
    }

    settings = RecordSettings.read(environment)

    assert settings.profile is Profile.STANDARD
    assert set(RecordSettings.variables()) == set(an_environment(RecordSettings))
