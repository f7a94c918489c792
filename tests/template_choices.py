"""What template.yaml makes, and refuses, for the parameters that somebody chose."""

from __future__ import annotations

import re
from typing import Any

from expanded_template import expanded, source

ARN_OF_CLUSTER = "arn:AWS::Partition:ecs:AWS::Region:AWS::AccountId:cluster/"

type Node = Any  # an expression of the template's, as YAML holds it


def values(**chosen: str) -> dict[str, str]:
    """Every parameter's value: what was chosen, else its default."""
    declared = source()["Parameters"]
    unknown = chosen.keys() - declared.keys()
    assert not unknown, unknown
    return {name: str(each["Default"]) for name, each in declared.items()} | chosen


def refusals(**chosen: str) -> list[str]:
    """The sentences with which the rules refuse these parameters."""
    given = values(**chosen)
    return [
        assertion["AssertDescription"]
        for rule in source().get("Rules", {}).values()
        if holds(rule.get("RuleCondition", True), given)
        for assertion in rule["Assertions"]
        if not holds(assertion["Assert"], given)
    ]


def made(kind: str = "", **chosen: str) -> set[str]:
    """The logical ids of the resources that are made, of types that begin so."""
    given = values(**chosen)
    return {
        logical_id
        for logical_id, resource in expanded()["Resources"].items()
        if resource["Type"].startswith(kind)
        and ("Condition" not in resource or is_so(resource["Condition"], given))
    }


def is_so(condition: str, given: dict[str, str]) -> bool:
    """Whether a condition of the template's holds for these values."""
    return holds(source()["Conditions"][condition], given)


def chosen_of(node: Node, given: dict[str, str]) -> Node:
    """A property's value with every Fn::If decided; what is left out is left out."""
    match node:
        case {"Fn::If": [condition, if_so, if_not]}:
            return chosen_of(if_so if is_so(condition, given) else if_not, given)
        case dict():
            return {key: chosen_of(value, given) for key, value in node.items()}
        case list():
            decided = [chosen_of(value, given) for value in node]
            return [each for each in decided if each != {"Ref": "AWS::NoValue"}]
        case _:
            return node


def text_of(node: Node, given: dict[str, str]) -> str:
    """A text with its references decided; what is made is called by its logical id."""
    match chosen_of(node, given):
        case {"Ref": name}:
            return given.get(name, name)
        case {"Fn::GetAtt": [logical_id, "Arn"]}:
            return f"{ARN_OF_CLUSTER}{logical_id}"
        case {"Fn::Sub": str(text)}:
            return re.sub(
                r"\$\{(.+?)\}", lambda found: given.get(found[1], found[1]), text
            )
        case str(text):
            return text
    raise AssertionError(f"no text for {node}")


def holds(node: Node, given: dict[str, str]) -> bool:
    """Evaluate a condition function."""
    match node:
        case bool():
            return node
        case {"Condition": name}:
            return is_so(name, given)
        case {"Fn::Equals": [left, right]}:
            return operand(left, given) == operand(right, given)
        case {"Fn::Not": [inner]}:
            return not holds(inner, given)
        case {"Fn::And": inner}:
            return all(holds(each, given) for each in inner)
        case {"Fn::Or": inner}:
            return any(holds(each, given) for each in inner)
    raise AssertionError(f"no meaning for {node}")


def operand(node: Node, given: dict[str, str]) -> str:
    return given[node["Ref"]] if isinstance(node, dict) else str(node)
