"""What a planted fault is, and how to reach the place where it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from template_rules.finding import Rule

type Template = dict[str, Any]  # as written, with tags such as !Ref in their long form


@dataclass(frozen=True, slots=True)
class Fault:
    """One edit that somebody might make, the rule that it breaks, and where."""

    plant: Callable[[Template], None]
    rule: str
    where: str


FAULTS: dict[str, Fault] = {}  # filled as the modules of this package are imported


def plants(
    name: str, *, broken: Rule, where: str
) -> Callable[[Callable[[Template], None]], Callable[[Template], None]]:
    """Name the edit that follows, the rule that must find it, and the place."""

    def listed(plant: Callable[[Template], None]) -> Callable[[Template], None]:
        FAULTS[name] = Fault(plant, broken.__name__, where)
        return plant

    return listed


def properties(template: Template, logical_id: str) -> Template:
    return template["Resources"][logical_id]["Properties"]


def statement(template: Template, logical_id: str, sid: str) -> Template:
    """A statement of a role, a shared policy or a queue's policy, by its Sid."""
    (found,) = (
        each
        for document in _documents(template, logical_id)
        for each in document["Statement"]
        if each.get("Sid") == sid
    )
    return found


def drop_statement(template: Template, logical_id: str, sid: str) -> None:
    """Take a statement out of where `statement` finds it."""
    found = statement(template, logical_id, sid)
    for document in _documents(template, logical_id):
        document["Statement"] = [
            each for each in document["Statement"] if each is not found
        ]


def allow(template: Template, logical_id: str, **statement: Any) -> None:
    """Add a statement that allows to a queue's or a shared policy."""
    document = properties(template, logical_id)["PolicyDocument"]
    document["Statement"].append({"Sid": "Planted", "Effect": "Allow"} | statement)


def event(template: Template, function_id: str, name: str) -> Template:
    return properties(template, function_id)["Events"][name]["Properties"]


def target(template: Template) -> Template:
    """What the rule for task events delivers to."""
    (found,) = properties(template, "TaskEventRule")["Targets"]
    return found


def container(template: Template) -> Template:
    """The example job's only container."""
    written = properties(template, "ExampleTaskDefinition")
    (found,) = written["ContainerDefinitions"]
    return found


def arn_of(logical_id: str) -> Template:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def _documents(template: Template, logical_id: str) -> list[Template]:
    written = properties(template, logical_id)
    documents = [each["PolicyDocument"] for each in written.get("Policies", [])]
    return documents + [written[key] for key in ["PolicyDocument"] if key in written]
