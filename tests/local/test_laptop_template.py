"""The template is read as CloudFormation reads it, and packaged as SAM does."""

from __future__ import annotations

import platform
import sys

import pytest

from headrace_local.build import Builder
from headrace_local.problems import BrokenTemplateError, NotInstalledError
from headrace_local.template import (
    check_references,
    check_runtime,
    package,
    parameters_of,
    read_template,
)

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Profile: { Type: String, Default: standard }
Resources:
  Queue: { Type: AWS::SQS::Queue }
  GreetFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/greet/
      Role: !GetAtt Role.Arn
      Layers: [!Ref WordLayer]
      Environment:
        Variables:
          WHERE: !If [A, !Sub "${Queue}", !Join [",", [!Ref X, y]]]
  WordLayer:
    Type: AWS::Serverless::LayerVersion
    Properties: { ContentUri: layers/words/ }
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "functions" / "greet").mkdir(parents=True)
    (tmp_path / "functions" / "greet" / "app.py").write_text("def handler(): ...\n")
    (tmp_path / "layers" / "words").mkdir(parents=True)
    (tmp_path / "layers" / "words" / "words.py").write_text("WORD = 1\n")
    return tmp_path


def test_a_template_that_is_not_yaml_is_refused_with_its_line(project):
    (project / "template.yaml").write_text("Resources: [\n  Queue: }\n")

    with pytest.raises(BrokenTemplateError) as refused:
        read_template(project / "template.yaml")

    assert refused.value.why.startswith("Line 2: ")


def test_a_reference_to_nothing_is_refused_by_name():
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Nmae"}}}
    template = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Queue": queue},
        "Outputs": {
            "A": {"Value": [{"Ref": "Queue"}, {"Ref": "AWS::Region"}, {"Ref": "Name"}]}
        },
    }

    with pytest.raises(BrokenTemplateError) as refused:
        check_references(template)

    assert refused.value.why == "No resource or parameter is called Nmae."


def test_short_forms_are_read_as_long_ones(project):
    template = read_template(project / "template.yaml")

    properties = template["Resources"]["GreetFunction"]["Properties"]
    assert properties["Role"] == {"Fn::GetAtt": ["Role", "Arn"]}
    assert properties["Environment"]["Variables"]["WHERE"] == {
        "Fn::If": [
            "A",
            {"Fn::Sub": "${Queue}"},
            {"Fn::Join": [",", [{"Ref": "X"}, "y"]]},
        ]
    }


def test_code_is_replaced_by_where_it_was_stored_and_nothing_else_changes(project):
    template = read_template(project / "template.yaml")
    stored = {}

    def store(archive):
        stored[archive.name] = archive.path.read_bytes()
        return f"s3://bucket/{archive.key}"

    packaged = package(
        template,
        project=project,
        builder=Builder(cache=project / "cache"),
        store=store,
    )

    resources = packaged["Resources"]
    code = resources["GreetFunction"]["Properties"].pop("CodeUri")
    content = resources["WordLayer"]["Properties"].pop("ContentUri")
    assert code.startswith("s3://bucket/function-greet-")
    assert content.startswith("s3://bucket/python-words-")
    assert all(stored.values())
    again = read_template(project / "template.yaml")
    assert template == again
    del again["Resources"]["GreetFunction"]["Properties"]["CodeUri"]
    del again["Resources"]["WordLayer"]["Properties"]["ContentUri"]
    assert packaged == again


def test_only_declared_parameters_are_given(project):
    template = read_template(project / "template.yaml")

    assert parameters_of(template, {"Profile": "laptop", "Other": "1"}) == [
        {"ParameterKey": "Profile", "ParameterValue": "laptop"}
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Resources: [", "not YAML"),
        ("Outputs: {}", "no resources"),
        ("- a", "no resources"),
        ("", "no resources"),
    ],
)
def test_a_template_that_cannot_be_one_is_refused(tmp_path, text, what):
    path = tmp_path / "template.yaml"
    path.write_text(text)

    with pytest.raises(BrokenTemplateError, match=what):
        read_template(path)


def test_a_missing_template_is_named(tmp_path):
    with pytest.raises(BrokenTemplateError, match=r"template\.yaml cannot be read"):
        read_template(tmp_path / "template.yaml")


def test_functions_for_another_python_are_refused():
    here = f"python{platform.python_version_tuple()[0]}.{sys.version_info.minor}"
    check_runtime({"Globals": {"Function": {"Runtime": here}}})
    check_runtime({})

    with pytest.raises(NotInstalledError, match=r"python3\.99"):
        check_runtime({"Globals": {"Function": {"Runtime": "python3.99"}}})
