"""A policy with one thing taken away, or one limit: somebody must notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from access.deployed import Node
from access.policies import ELSEWHERE_ID, Document


@dataclass(frozen=True, kw_only=True)
class Change:
    """A document that lacks something.

    Attributes:
        what: What it lacks, in words.
        statement: The statement as it was.
        document: The document as it would be.
    """

    what: str
    statement: Node
    document: Document

    def concerns(self, action: str) -> bool:
        """Whether a call's answer may be another one."""
        patterns = self.statement["Action"]
        return any(fnmatchcase(action.lower(), each.lower()) for each in patterns)


def changes_of(document: Document) -> Iterator[Change]:
    """Yield each change of one statement; none of documents that are not ours."""
    if not document.is_ours:
        return
    for number, statement in enumerate(document.statements):
        label = f"{document.name}, {statement.get('Sid', f'statement {number + 1}')}"
        for what, changed in _changed(
            statement, is_on_resource=document.is_on_resource
        ):
            others = list(document.statements)
            others[number : number + 1] = [] if changed is None else [changed]
            # A policy must have a statement: this one is for what nobody has.
            statements = tuple(others) or (_NOTHING | _principal(document),)
            yield Change(
                what=f"{label}: {what}",
                statement=statement,
                document=replace(document, statements=statements),
            )


_NOTHING = {"Effect": "Deny", "Action": ["ec2:TerminateInstances"], "Resource": ["*"]}


def _principal(document: Document) -> Node:
    return {"Principal": "*"} if document.is_on_resource else {}


def _changed(
    statement: Node, *, is_on_resource: bool
) -> Iterator[tuple[str, Node | None]]:
    yield "without it", None
    for part in ("Action", "Resource"):
        for less in _less(statement.get(part, [])):
            yield f"{part} only {less}", statement | {part: less}
    for condition, changed in _conditions(statement.get("Condition", {})):
        yield condition, statement | {"Condition": changed}
    if statement["Effect"] != "Allow":
        return
    if is_on_resource:
        for kind, named in statement["Principal"].items():
            for less in _less(named if isinstance(named, list) else [named]):
                yield f"Principal only {less}", statement | {"Principal": {kind: less}}
        yield "for anybody", statement | {"Principal": "*"}
    elif "*" not in statement["Resource"]:
        yield "on everything", statement | {"Resource": ["*"]}


def _less(values: list[str]) -> Iterator[list[str]]:
    """The list without each of its values, if something is left.

    Values of another account are there to be refused: without them nothing changes.
    """
    if len(values) > 1:
        for value in values:
            if ELSEWHERE_ID not in value:
                yield [each for each in values if each != value]


def _conditions(condition: Node) -> Iterator[tuple[str, Node]]:
    for operator, keys in condition.items():
        for key, wanted in keys.items():
            others = {k: v for k, v in keys.items() if k != key}
            without = {k: v for k, v in condition.items() if k != operator}
            yield (
                f"without the condition on {key} ({operator})",
                without | ({operator: others} if others else {}),
            )
            for less in _less(wanted if isinstance(wanted, list) else [wanted]):
                yield f"{key} only {less}", without | {operator: {**others, key: less}}
