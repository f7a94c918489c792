"""template.yaml as an account would have it: names and ARNs, no intrinsic functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from expanded_template import NO_VALUE, expanded
from headrace_local.simulation import deployment
from template_choices import chosen_of, is_so, values

type Node = Any  # whatever a template holds

STACK_NAME = deployment.CLUSTER_NAME
PSEUDO = {
    "AWS::AccountId": deployment.ACCOUNT_ID,
    "AWS::Partition": "aws",
    "AWS::Region": deployment.REGION,
    "AWS::StackName": STACK_NAME,
    "AWS::StackId": (
        f"arn:aws:cloudformation:{deployment.REGION}:{deployment.ACCOUNT_ID}"
        f":stack/{STACK_NAME}/{deployment.DEPLOYMENT_ID}"
    ),
    "AWS::URLSuffix": "amazonaws.com",
}
# The names that the simulation gives to what its functions call.
NAMES = {
    "AnnounceDeadLetterQueue": deployment.LETTERS_NAME,
    "JobTable": deployment.TABLE_NAME,
    "ParameterBucket": deployment.PARAMETER_BUCKET_NAME,
    "ReconcileFunction": deployment.SETTINGS["HEADRACE_RECONCILE_FUNCTION_NAME"],
}
NAME_PROPERTIES = (
    "QueueName",
    "TableName",
    "FunctionName",
    "ClusterName",
    "RoleName",
    "LogGroupName",
    "Name",
)
_HERE = f"{deployment.REGION}:{deployment.ACCOUNT_ID}"
ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{_HERE}:table/{{name}}",
    "AWS::ECS::Cluster": f"arn:aws:ecs:{_HERE}:cluster/{{name}}",
    "AWS::ECS::CapacityProvider": f"arn:aws:ecs:{_HERE}:capacity-provider/{{name}}",
    "AWS::ECS::TaskDefinition": f"arn:aws:ecs:{_HERE}:task-definition/{{name}}:1",
    "AWS::Events::Rule": f"arn:aws:events:{_HERE}:rule/{{name}}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{deployment.ACCOUNT_ID}:policy/{{name}}",
    "AWS::IAM::Role": f"arn:aws:iam::{deployment.ACCOUNT_ID}:role{{path}}{{name}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{_HERE}:function:{{name}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_HERE}:log-group:{{name}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": f"arn:aws:sns:{_HERE}:{{name}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_HERE}:{{name}}",
    "AWS::Scheduler::ScheduleGroup": (
        f"arn:aws:scheduler:{_HERE}:schedule-group/{{name}}"
    ),
    "AWS::Scheduler::Schedule": f"arn:aws:scheduler:{_HERE}:schedule/default/{{name}}",
}
# Whose `Ref` is an ARN; that of others is their name.
ARN_BY_REF = {"AWS::IAM::ManagedPolicy", "AWS::ECS::TaskDefinition", "AWS::SNS::Topic"}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The stack that somebody deployed with these parameters."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    _known: dict[str, dict[str, Node]] = field(default_factory=dict, repr=False)

    @cached_property
    def given(self) -> dict[str, str]:
        return values(**self.parameters)

    def of_type(self, kind: str) -> dict[str, Node]:
        """Every resource of a type that is made: logical id -> concrete properties."""
        if kind not in self._known:
            self._known[kind] = {
                logical_id: self.concrete(resource.get("Properties", {}))
                for logical_id, resource in expanded()["Resources"].items()
                if resource["Type"] == kind and self._is_made(resource)
            }
        return self._known[kind]

    def arn(self, logical_id: str) -> str:
        resource = expanded()["Resources"][logical_id]
        kind = resource["Type"]
        assert kind in ARNS, f"access/deployed.py: what is the ARN of an {kind}?"
        path = self.concrete(resource.get("Properties", {}).get("Path", "/"))
        return ARNS[kind].format(name=self.name(logical_id), path=path)

    def name(self, logical_id: str) -> str:
        if logical_id in NAMES:
            return NAMES[logical_id]
        resource = expanded()["Resources"][logical_id]
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::ECS::TaskDefinition":
            return str(self.concrete(properties["Family"]))
        named = (properties[each] for each in NAME_PROPERTIES if each in properties)
        return str(self.concrete(next(named, f"{STACK_NAME}-{logical_id}")))

    def concrete(self, node: Node) -> Node:
        """A value without intrinsic functions."""
        return self._resolved(chosen_of(node, self.given))

    def _is_made(self, resource: Node) -> bool:
        condition = resource.get("Condition")
        return condition is None or is_so(condition, self.given)

    def _resolved(self, node: Node) -> Node:  # noqa: PLR0911 - one for each function
        match node:
            case {"Ref": name}:
                return self._ref(name)
            case {"Fn::GetAtt": [logical_id, attribute]}:
                return self._attribute(logical_id, attribute)
            case {"Fn::Sub": str() as text}:
                return self._filled(text, {})
            case {"Fn::Sub": [text, own]}:
                return self._filled(text, self._resolved(own))
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self._resolved(parts))
            case {"Fn::Split": [separator, text]}:
                return self._resolved(text).split(separator)
            case {"Fn::Select": [number, choices]}:
                return self._resolved(choices)[int(number)]
            case dict():
                return {
                    key: self._resolved(value)
                    for key, value in node.items()
                    if value != NO_VALUE
                }
            case list():
                return [self._resolved(value) for value in node]
            case _:
                return node

    def _ref(self, name: str) -> str:
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.given:
            return self.given[name]
        kind = expanded()["Resources"][name]["Type"]
        if kind == "AWS::SQS::Queue":
            host = f"https://sqs.{deployment.REGION}.amazonaws.com"
            return f"{host}/{deployment.ACCOUNT_ID}/{self.name(name)}"
        return self.arn(name) if kind in ARN_BY_REF else self.name(name)

    def _attribute(self, logical_id: str, attribute: str) -> str:
        if attribute == "Arn":
            return self.arn(logical_id)
        if attribute == "StreamArn":
            return f"{self.arn(logical_id)}/stream/2026-01-01T00:00:00.000"
        return f"{self.name(logical_id)}.{attribute}"

    def _filled(self, text: str, own: Mapping[str, str]) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1]
            if name in own:
                return own[name]
            logical_id, _, attribute = name.partition(".")
            if attribute:
                return self._attribute(logical_id, attribute)
            return self._ref(name)

        return re.sub(r"\$\{([^!}]+)\}", value, text)
