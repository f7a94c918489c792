from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from builders import a_request_body
from definition_builders import a_definition_document, a_registered, a_resolved
from headrace.definitions.command import rendered
from headrace.definitions.definition import OnUnknown, RegisteredDefinition
from headrace.definitions.registration import check_resolved, parse_definition
from headrace.definitions.resolved import ResolvedContainer
from headrace.definitions.retry_rules import RetryAction
from headrace.errors import InvalidDefinition
from rejecting import admitted, parsed

DOCS = Path(__file__).parents[2] / "docs"


def problems_of(document: object) -> tuple[str, ...]:
    with pytest.raises(InvalidDefinition) as caught:
        parse_definition(document)
    return caught.value.problems


def test_the_smallest_definition_has_defaults() -> None:
    definition = parse_definition(
        {
            "name": "hello",
            "taskDefinition": "headrace-hello:3",
            "container": "main",
            "timeoutSeconds": 60,
            "owner": "team",
        }
    )
    assert definition.command is None
    assert definition.capacity == ("FARGATE",)
    assert (definition.cpu, definition.memory) == (None, ())
    assert definition.timeout_seconds_limit == 60
    assert definition.retry_strategy.attempts == 1
    assert definition.exit_codes.reject == (3,)
    assert definition.exit_codes.try_later == (4,)
    assert definition.on_unknown is OnUnknown.LOST
    assert definition.parameters == {"type": "object", "additionalProperties": False}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": None}, "name: must be present"),
        ({"owner": None}, "owner: must be present"),
        ({"timeoutSeconds": None}, "timeoutSeconds: must be present"),
        ({"name": "a b"}, "name: must be text that matches"),
        ({"image": "x"}, 'image: must be a known field, but is "x"'),
        ({"task_definition": "x"}, "task_definition: must be a known field"),
        ({"taskDefinition": "a/b"}, "taskDefinition: must be text that matches"),
        ({"timeoutSeconds": "60"}, 'timeoutSeconds: must be an integer, but is "60"'),
        ({"timeoutSeconds": 1209601}, "timeoutSeconds: must be at most 1209600"),
        ({"timeoutSecondsMax": 10}, "timeoutSecondsMax: must be at least timeoutSec"),
        ({"startTimeoutSeconds": 0}, "startTimeoutSeconds: must be at least 1"),
        ({"capacity": []}, "capacity: must be at least 1 items"),
        ({"capacity": ["fargate"]}, "capacity: must be FARGATE, FARGATE_SPOT or a"),
        ({"capacity": ["FARGATE", "FARGATE"]}, "capacity: must be free of repetitions"),
        ({"memory": [1024, 512]}, "memory: must be rising, but is [1024, 512]"),
        ({"cpu": 256, "memory": [512, 4096]}, "memory[1]: must be a Fargate memory"),
        ({"cpu": 300}, "cpu: must be one of 256, 512"),
        ({"ephemeralStorageGiB": 20}, "ephemeralStorageGiB: must be at least 21"),
        (
            {"ephemeralStorageGiB": 30, "capacity": ["FARGATE", "mine"]},
            "ephemeralStorageGiB: must be left out unless every capacity is Fargate's",
        ),
        (
            {"overridesAllowed": {"cpu": {"min": 512, "max": 256}}},
            "overridesAllowed.cpu: must be max at least min",
        ),
        (
            {"overridesAllowed": {"memory": {"min": 0, "max": 512}}},
            "overridesAllowed.memory: must be within 4 and",
        ),
        (
            {"overridesAllowed": {"command": True}},
            "overridesAllowed.command: must be a",
        ),
        (
            {"exitCodes": {"reject": [4]}},
            "exitCodes: must be disjoint, but is [4]",
        ),
        ({"exitCodes": {"tryLater": [0]}}, "exitCodes.tryLater[0]: must be at least 1"),
        ({"onUnknown": "ignore"}, "onUnknown: must be one of 'lost' or 'retry'"),
        ({"description": "x" * 1025}, "description: must be text of at most 1024"),
        (
            {"retryStrategy": {"attempts": 11}},
            "retryStrategy.attempts: must be at most",
        ),
        (
            {"retryStrategy": {"backoff": {"initialSeconds": 20, "maxSeconds": 10}}},
            "retryStrategy.backoff: must be maxSeconds at least initialSeconds",
        ),
        ({"command": []}, "command: must be at least 1 items"),
        ({"command": ["x" * 4097]}, "command: must be at most 4096 characters in all"),
        ({"command": ["--date=Ref::date"]}, "command[0]: must be a whole argument"),
        ({"command": ["Ref::other"]}, "command: must be a property of parameters"),
        ({"command": ["Ref::format"]}, "command: must be a parameter that is required"),
        ({"command": ["a\x00"]}, "command[0]: must be free of NUL"),
        ({"parameters": {"type": "array"}}, 'parameters.type: must be "object"'),
        ({"maxConcurrent": 5}, "maxConcurrent: 5 is not supported by this release"),
        ({"priority": 5}, "priority: 5 is not supported by this release"),
        (
            {"isolation": "hostile"},
            "isolation: must be one of 'trusted' or 'untrusted'",
        ),
        (
            {"isolation": "untrusted", "capacity": ["on-ec2"]},
            "capacity: must be Fargate's",
        ),
        ({"description": "AKIAIOSFODNN7EXAMPLE"}, "description: must be free of cred"),
    ],
)
def test_a_wrong_definition_is_told_field_limit_and_value(
    changes: dict[str, Any], problem: str
) -> None:
    problems = problems_of(a_definition_document(**changes))
    assert any(text.startswith(problem) for text in problems), problems
    assert not any("AKIA" in text for text in problems)


def test_null_is_refused_except_inside_the_schema() -> None:
    problems = problems_of(a_definition_document() | {"cpu": None})
    assert problems == ("cpu: must be left out rather than null, but is null",)
    schema = {"type": "object", "properties": {"date": {"default": None}}}
    definition = parse_definition(a_definition_document(parameters=schema))
    assert definition.to_wire()["parameters"] == schema


@pytest.mark.parametrize("document", [None, [], "name: x", 5, {1: 2}])
def test_what_is_no_object_is_no_definition(document: object) -> None:
    assert problems_of(document) == ("definition: must be an object with named fields",)


def test_a_definition_nested_too_deep_is_refused() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"x": deep}
    assert "nested at most 32" in problems_of(a_definition_document(parameters=deep))[0]


def test_all_problems_are_told_at_once() -> None:
    document = a_definition_document(memory=[2, 1], timeoutSecondsMax=1, cpu="1")
    assert len(problems_of(document)) == 3
    document = a_definition_document(memory=[2048, 512], timeoutSecondsMax=1)
    assert len(problems_of(document)) == 2


def test_a_registered_definition_survives_its_stored_form() -> None:
    registered = a_registered(
        memory=[512, 1024],
        overridesAllowed={"cpu": {"min": 256, "max": 512}, "capacity": ["FARGATE"]},
        retryStrategy={"rules": [{"onExitCode": "1", "action": "RETRY"}]},
        onUnknown="retry",
        description="é",
    )
    stored = json.loads(json.dumps(registered.to_json()))
    assert RegisteredDefinition.from_json(stored) == registered


@pytest.mark.parametrize(
    ("definition", "resolved", "problem"),
    [
        ({"container": "other"}, {}, 'container: must be one of main, but is "other"'),
        (
            {"container": "side"},
            {
                "containers": (
                    ResolvedContainer(name="main", essential=True),
                    ResolvedContainer(name="side", essential=False),
                )
            },
            "container: must be an essential container",
        ),
        (
            {},
            {"requires_compatibilities": ("EC2",)},
            "taskDefinition: must be registered for FARGATE",
        ),
        ({}, {"cpu": None}, "cpu: must be set, here or in the task definition"),
        ({}, {"memory": None}, "memory: must be set, here or in the task definition"),
        ({"cpu": 4096}, {}, "memory[0]: must be a Fargate memory for cpu 4096"),
        ({"memory": [512, 4096]}, {}, "memory[1]: must be a Fargate memory for cpu"),
    ],
)
def test_a_definition_must_fit_its_task_definition(
    definition: dict[str, Any], resolved: dict[str, Any], problem: str
) -> None:
    parsed_definition = parse_definition(a_definition_document(**definition))
    with pytest.raises(InvalidDefinition) as caught:
        check_resolved(parsed_definition, a_resolved(**resolved))
    assert caught.value.problems[0].startswith(problem)


def test_a_definition_that_fits_is_accepted() -> None:
    definition = parse_definition(a_definition_document(cpu=512, memory=[1024]))
    check_resolved(definition, a_resolved())
    mine = parse_definition(a_definition_document(capacity=["mine"]))
    check_resolved(
        mine, a_resolved(cpu=None, memory=None, requires_compatibilities=("EC2",))
    )


def test_a_command_takes_whole_arguments_from_the_parameters() -> None:
    schema = {"properties": {"d": {"default": "today"}}}
    command = ("x", "Ref::a", "Ref::b", "Ref::c", "Ref::d")
    parameters = {"a": "one; two $(three)", "b": 5, "c": {"k": [True, None]}}
    assert rendered(command, parameters, schema) == (
        "x",
        "one; two $(three)",
        "5",
        '{"k":[true,null]}',
        "today",
    )


def test_the_documented_definition_is_valid_and_admits_a_request() -> None:
    text = (DOCS / "definition.md").read_text()
    example = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0]
    document = yaml.safe_load(example)
    definition = parse_definition(document)
    assert definition.name == document["name"]
    registered = a_registered(
        **document, resolved=a_resolved(containers=_containers(definition.container))
    )
    check_resolved(definition, registered.resolved)
    admission = admitted(registered)
    assert admission.memory[0] == document["memory"][0]
    decision = admission.retry.ruling(75, "EssentialContainerExited", "x")
    assert decision.action is RetryAction.RETRY


def test_the_documented_request_is_valid() -> None:
    text = (DOCS / "message.md").read_text()
    for example in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
        parsed(example)
    parsed(a_request_body())


def _containers(name: str) -> tuple[ResolvedContainer, ...]:
    return (ResolvedContainer(name=name, essential=True),)
