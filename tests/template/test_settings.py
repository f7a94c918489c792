"""The template's environment variables and the settings that the functions read."""

from __future__ import annotations

import pytest

from expanded_template import of_type, source
from headrace.errors import Misconfigured
from headrace.settings import DispatchSettings, ReconcileSettings, RecordSettings

SETTINGS = {
    "DispatchFunction": DispatchSettings,
    "RecordFunction": RecordSettings,
    "ReconcileFunction": ReconcileSettings,
}
# What a deployment makes of references to things it creates.
CREATED = {
    "HEADRACE_DEPLOYMENT_ID": "4745b161-2e74-40c0-981e-d3d6f4cb0741",
    "HEADRACE_STACK_NAME": "headrace",
    "HEADRACE_JOB_TABLE_NAME": "headrace-JobTable-1ABC",
    "HEADRACE_CLUSTER_ARN": "arn:aws:ecs:eu-west-1:123456789012:cluster/headrace",
    "HEADRACE_PARAMETER_BUCKET_NAME": "headrace-parameterbucket-1abc",
    "HEADRACE_RECONCILE_FUNCTION_NAME": "headrace-ReconcileFunction-1ABC",
    "HEADRACE_SUBNET_IDS": "subnet-1,subnet-2",
    "HEADRACE_SECURITY_GROUP_IDS": "sg-1",
    "HEADRACE_ASSIGN_PUBLIC_IP": "ENABLED",
    "HEADRACE_UNTRUSTED_CLUSTER_ARN": "",
    "HEADRACE_UNTRUSTED_SUBNET_IDS": "",
    "HEADRACE_UNTRUSTED_SECURITY_GROUP_IDS": "",
}


def variables_of(function_id):
    function = of_type("AWS::Lambda::Function")[function_id]
    return function["Environment"]["Variables"]


def parameter_of(function_id, name):
    return source()["Parameters"][variables_of(function_id)[name]["Ref"]]


def environment_of(function_id):
    """What the function finds in its environment when every parameter is default."""
    return {
        name: CREATED[name]
        if name in CREATED
        else str(parameter_of(function_id, name)["Default"])
        for name in SETTINGS[function_id].variables()
    }


@pytest.mark.parametrize("function_id", SETTINGS)
def test_a_function_is_given_the_variables_it_reads_and_no_others(function_id):
    given = {name for name in variables_of(function_id) if name.startswith("HEADRACE_")}
    assert given == set(SETTINGS[function_id].variables())


@pytest.mark.parametrize("function_id", SETTINGS)
def test_the_template_defaults_are_settings_that_make_sense(function_id):
    environment = environment_of(function_id)
    settings = SETTINGS[function_id].read(environment)
    assert settings.deployment_id == CREATED["HEADRACE_DEPLOYMENT_ID"]


@pytest.mark.parametrize("function_id", SETTINGS)
def test_every_value_that_the_template_allows_is_one_the_function_takes(function_id):
    environment = environment_of(function_id)
    for name in environment.keys() - CREATED.keys():
        parameter = parameter_of(function_id, name)
        values = [
            parameter[limit] for limit in ("MinValue", "MaxValue") if limit in parameter
        ]
        values += parameter.get("AllowedValues", [])
        for value in values:
            SETTINGS[function_id].read({**environment, name: str(value)})


@pytest.mark.parametrize("function_id", SETTINGS)
def test_a_function_that_lacks_a_variable_says_which(function_id):
    for name in SETTINGS[function_id].variables():
        environment = environment_of(function_id)
        del environment[name]
        with pytest.raises(Misconfigured, match=name):
            SETTINGS[function_id].read(environment)
