"""template.yaml as CloudFormation gets it: the SAM types expanded, nothing deployed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sam_expansion import ROOT, TEMPLATE_PATH, expand, parse

__all__ = ["ROOT", "TEMPLATE_PATH"]  # for those who look at the rest of it

NO_VALUE = {"Ref": "AWS::NoValue"}

type Node = Any  # whatever YAML holds: the assertions say what they expect
type Properties = dict[str, Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a policy, with single values made lists."""

    sid: str
    effect: str
    actions: tuple[str, ...]
    resources: tuple[Node, ...]
    condition: Properties
    principal: Node

    @property
    def allows(self) -> bool:
        return self.effect == "Allow"


@cache
def source() -> Properties:
    """The template as written, with tags such as !Ref in their long form."""
    return parse(TEMPLATE_PATH)


@cache
def expanded() -> Properties:
    """The template after the SAM transform, with its code somewhere in S3."""
    return expand(source())


def of_type(kind: str) -> dict[str, Properties]:
    """Every expanded resource of a type, as logical id -> properties."""
    resources = expanded()["Resources"].items()
    return {
        logical_id: resource.get("Properties", {})
        for logical_id, resource in resources
        if resource["Type"] == kind
    }


def target(reference: Node) -> str:
    """The logical id that a Ref or a GetAtt names."""
    if "Ref" in reference:
        return reference["Ref"]
    return reference["Fn::GetAtt"][0]


def statements(document: Properties) -> list[Statement]:
    """Every statement of a policy, with those that depend on a condition."""
    return [
        Statement(
            sid=each.get("Sid", ""),
            effect=each["Effect"],
            actions=_listed(each.get("Action", ())),
            resources=_listed(each.get("Resource", ())),
            condition=each.get("Condition", {}),
            principal=each.get("Principal"),
        )
        for entry in document["Statement"]
        for each in _either(entry)
    ]


def _either(entry: Node) -> list[Properties]:
    if "Fn::If" not in entry:
        return [entry]
    return [each for each in entry["Fn::If"][1:] if each != NO_VALUE]


def permissions(role_id: str) -> list[Statement]:
    """All that a role may and must not do: its own policies and those it shares."""
    role = of_type("AWS::IAM::Role")[role_id]
    documents = [each["PolicyDocument"] for each in role.get("Policies", [])]
    shared = of_type("AWS::IAM::ManagedPolicy")
    documents += [
        shared[target(arn)]["PolicyDocument"]
        for arn in role.get("ManagedPolicyArns", [])
    ]
    return [each for document in documents for each in statements(document)]


def role_of(function_id: str) -> str:
    return target(of_type("AWS::Lambda::Function")[function_id]["Role"])


def _listed(value: Node) -> tuple[Node, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)
