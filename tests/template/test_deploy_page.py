"""What docs/deploy.md says of the template, and what decision 25 rests on."""

from __future__ import annotations

import re

import boto3
import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from expanded_template import ROOT, TEMPLATE_PATH, of_type, source

PAGE = (ROOT / "docs" / "deploy.md").read_text()
GUARDS = re.search(r'ALARMS="([^"]+)"', PAGE)[1].split()
TRIGGERS_MAX = 5  # CloudFormation API Reference, RollbackConfiguration


def versions(parameters=None, *, layer="s3://bucket/layer"):
    """The versions that SAM would publish, if functions had an alias."""
    template = yaml_parse(TEMPLATE_PATH.read_text())
    template["Globals"]["Function"] |= {
        "AutoPublishAlias": "live",
        "AutoPublishAliasAllProperties": True,
    }
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if "CodeUri" in properties:
            properties["CodeUri"] = "s3://bucket/code"
        if "ContentUri" in properties:
            properties |= {"ContentUri": layer, "PublishLambdaVersion": True}
    session = boto3.session.Session(region_name="eu-west-1")
    translated = Translator({}, Parser(), boto_session=session).translate(
        sam_template=template, parameter_values=parameters or {}
    )
    return {
        logical_id
        for logical_id, resource in translated["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Version"
    }


def test_every_question_of_a_guided_deployment_is_answered_in_its_order():
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE, re.MULTILINE)
    answered = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert answered == list(source()["Parameters"])


@pytest.mark.parametrize("name", GUARDS)
def test_a_deployment_is_watched_by_alarms_that_there_are(name):
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    named = [alarm["AlarmName"]["Fn::Sub"] for alarm in alarms]
    assert f"${{AWS::StackName}}-{name}" in named


def test_a_deployment_is_watched_by_no_more_alarms_than_cloudformation_takes():
    assert 1 <= len(GUARDS) <= TRIGGERS_MAX


def test_a_request_that_meets_a_bad_version_outlives_the_watch_and_the_way_back():
    (minutes,) = set(re.findall(r"MonitoringTimeInMinutes=([1-9]\d*)", PAGE))
    queue = of_type("AWS::SQS::Queue")["RequestQueue"]
    receives = queue["RedrivePolicy"]["maxReceiveCount"]
    # As long again for the way back, and more to spare.
    assert receives * queue["VisibilityTimeout"] > 3 * int(minutes) * 60


def test_versions_would_be_published_for_a_layer_but_not_for_a_parameter():
    standing = versions()
    assert len(standing) == 4
    assert versions(layer="s3://bucket/newer").isdisjoint(standing)
    # When this fails, aliases have become sound: see decision 25.
    assert versions({"LaunchesPerSecond": "5"}) == standing
