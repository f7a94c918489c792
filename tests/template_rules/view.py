"""A template as rules see it: expanded, and with values where it has references."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sam_expansion import expand
from sam_grounding import Grounding

from expanded_template import Statement, statements

SHARED_POLICIES = (
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
)

type Properties = dict[str, Any]  # whatever YAML holds


@dataclass(frozen=True, slots=True)
class View:
    """The resources of one grounded template, and its parameters as written."""

    conditions_met: bool
    resources: dict[str, Properties]
    parameters: dict[str, Properties]

    def of_type(self, kind: str) -> dict[str, Properties]:
        """Every resource of a type, as logical id -> properties."""
        return {
            logical_id: resource.get("Properties", {})
            for logical_id, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def named(self, reference: object) -> str:
        """The logical id that ends an ARN, or that a reference became."""
        return str(reference).rpartition(":")[2].rpartition("/")[2]

    def mappings(self) -> Iterator[tuple[str, str, Properties]]:
        """Each queue of this template that feeds a function: both, and how."""
        for mapping in self.of_type("AWS::Lambda::EventSourceMapping").values():
            queue_id = self.named(mapping["EventSourceArn"])
            if queue_id in self.of_type("AWS::SQS::Queue"):  # and not a stream
                yield self.named(mapping["FunctionName"]), queue_id, mapping

    def redrives(self) -> Iterator[tuple[str, str, Properties]]:
        """Each queue that gives up on messages: it, where they go, its policy."""
        for queue_id, queue in self.of_type("AWS::SQS::Queue").items():
            if policy := queue.get("RedrivePolicy"):
                yield queue_id, self.named(policy["deadLetterTargetArn"]), policy

    def grants(self) -> Iterator[tuple[str, Statement]]:
        """What roles and shared policies allow whoever has them."""
        for logical_id, resource in self.resources.items():
            properties = resource.get("Properties", {})
            documents = [
                policy["PolicyDocument"]
                for policy in properties.get("Policies", [])
                if resource["Type"] == "AWS::IAM::Role"
            ]
            if resource["Type"] in SHARED_POLICIES:
                documents.append(properties["PolicyDocument"])
            for document in documents:
                for statement in statements(document):
                    yield logical_id, statement

    def invitations(self) -> Iterator[tuple[str, Statement]]:
        """What resources allow others, and whom roles trust."""
        for logical_id, resource in self.resources.items():
            if resource["Type"] == "AWS::EC2::VPCEndpoint":
                continue  # its policy lets nobody in: it limits what passes
            properties = resource.get("Properties", {})
            for key in ("PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy"):
                for statement in statements(properties.get(key, {"Statement": []})):
                    if statement.principal is not None:
                        yield logical_id, statement


def views(template: Properties) -> list[View]:
    """A template as written, seen with every condition met, and with none."""
    expanded = expand(template)
    return [
        View(
            conditions_met=met,
            resources=Grounding(expanded, conditions_met=met).grounded()["Resources"],
            parameters=expanded.get("Parameters", {}),
        )
        for met in (True, False)
    ]
