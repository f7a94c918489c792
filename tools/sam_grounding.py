"""A template with each reference replaced by a value that it could have in an account.

Scanners read values and stop at functions such as `Fn::GetAtt`: on the grounded
template they see what AWS would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sam_expansion import Document

ACCOUNT = "123456789012"
REGION = "eu-west-1"
_PSEUDO: Mapping[str, Any] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/headrace/47b1",
    "AWS::StackName": "headrace",
    "AWS::URLSuffix": "amazonaws.com",
}
# What follows the account in a resource's ARN, where it is not `<kind>/<name>`.
_ARN_ENDS: Mapping[str, str] = {
    "AWS::CloudWatch::Alarm": "alarm:{}",
    "AWS::Lambda::Alias": "function:{}",
    "AWS::Lambda::Function": "function:{}",
    "AWS::IAM::ManagedPolicy": "policy/{}",
    "AWS::Lambda::LayerVersion": "layer:{}:1",
    "AWS::Logs::LogGroup": "log-group:{}:*",
    "AWS::SNS::Topic": "{}",
    "AWS::SQS::Queue": "{}",
}
_REF_IS_ARN = (
    "AWS::ECS::TaskDefinition",
    "AWS::IAM::ManagedPolicy",
    "AWS::Lambda::LayerVersion",
    "AWS::SNS::Topic",
)
# Parameters that are empty unless somebody has such a thing, where a name will not do.
_GIVEN: Mapping[str, str] = {
    "KmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/47b1",
    "PublisherSourceArns": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly",
}
# Functions of values alone.
_CALCULATED: Mapping[str, Callable[[Any], Any]] = {
    "Fn::Base64": str,
    "Fn::GetAZs": lambda _: [f"{REGION}{zone}" for zone in "abc"],
    "Fn::Join": lambda value: value[0].join(str(part) for part in value[1]),
    "Fn::Select": lambda value: value[1][int(value[0])],
    "Fn::Split": lambda value: value[1].split(value[0]),
}
_NOTHING = object()  # what `AWS::NoValue` stands for
_PLACE = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass(frozen=True, slots=True)
class Grounding:
    """One choice for every condition of a template, all met or none."""

    template: Document
    conditions_met: bool

    def grounded(self) -> Document:
        """The template's resources, with no function and no condition left.

        Resources that exist on a condition are there in either case.
        """
        resources = {
            logical_id: {
                key: self._value(value)
                for key, value in resource.items()
                if key not in {"Condition", "DependsOn"}
            }
            for logical_id, resource in self.template["Resources"].items()
        }
        return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}

    def _value(self, node: Any) -> Any:  # noqa: ANN401 - whatever the template holds
        if isinstance(node, list):
            items = (self._value(item) for item in node)
            return [item for item in items if item is not _NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            if name == "Ref" or name.startswith("Fn::"):
                return self._function(name, argument)
        pairs = ((key, self._value(value)) for key, value in node.items())
        return {key: value for key, value in pairs if value is not _NOTHING}

    def _function(self, name: str, argument: Any) -> Any:  # noqa: ANN401 - ditto
        if name == "Fn::If":
            return self._value(argument[1 if self.conditions_met else 2])
        try:
            match name, self._value(argument):
                case (("Ref" | "Fn::GetAtt" | "Fn::Sub"), value):
                    return self._named(name, value)
                case "Fn::FindInMap", [mapping, first, second]:
                    return self.template["Mappings"][mapping][first][second]
                case _, value:
                    return _CALCULATED[name](value)
        except (KeyError, TypeError, ValueError) as problem:
            raise NotImplementedError(
                f"{name} of {argument!r} ({problem!r}): "
                "teach tools/sam_grounding.py what this becomes"
            ) from problem

    def _named(self, name: str, value: Any) -> Any:  # noqa: ANN401 - ditto
        match name, value:
            case "Ref", _:
                return self._reference(value)
            case "Fn::GetAtt", str():
                return self._attribute(*value.split(".", 1))
            case "Fn::GetAtt", _:
                return self._attribute(*value)
            case "Fn::Sub", str():
                return self._text(value, {})
            case _:
                return self._text(*value)

    def _text(self, text: str, names: Mapping[str, Any]) -> str:
        def filled(place: re.Match[str]) -> str:
            name = place[1].strip()
            if name in names:
                return str(names[name])
            if name in _PSEUDO or "." not in name:
                return str(self._reference(name))
            return self._attribute(*name.split(".", 1))

        return _PLACE.sub(filled, text)

    def _reference(self, name: str) -> Any:  # noqa: ANN401 - text or _NOTHING
        if name == "AWS::NoValue":
            return _NOTHING
        if name in _PSEUDO:
            return _PSEUDO[name]
        if parameter := self.template.get("Parameters", {}).get(name):
            default = str(parameter.get("Default", ""))  # a Number's is text too
            return default or _GIVEN.get(name, name)
        if self.template["Resources"][name]["Type"] in _REF_IS_ARN:
            return self._arn(name)
        return name

    def _attribute(self, logical_id: str, attribute: str) -> str:
        if attribute == "StreamArn":
            return f"{self._arn(logical_id)}/stream/2026"
        return (
            self._arn(logical_id) if attribute == "Arn" else f"{logical_id}-{attribute}"
        )

    def _arn(self, logical_id: str) -> str:
        kind = self.template["Resources"][logical_id]["Type"]
        if kind == "AWS::S3::Bucket":  # of no region and no account: names are global
            return f"arn:aws:s3:::{logical_id}"
        _, service, resource = (part.lower() for part in kind.split("::"))
        region = "" if service == "iam" else REGION
        end = _ARN_ENDS.get(kind, f"{resource}/{{}}").format(logical_id)
        return f"arn:aws:{service}:{region}:{ACCOUNT}:{end}"
