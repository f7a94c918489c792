"""The policies of the deployed stack, as documents without intrinsics."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from access.call import ACCOUNT_ID
from access.deployed import PSEUDO, STACK_NAME, Node, Stack
from access.people import POLICIES
from expanded_template import ROOT

PAGE = ROOT / "docs" / "permissions.md"
ADMINISTRATOR = "administrator"
NOBODY = "nobody"
ELSEWHERE = "a role of another account"
ELSEWHERE_ID = "999999999999"
THEIRS = "somebody-elses"


@dataclass(frozen=True, kw_only=True)
class Document:
    """A policy.

    Attributes:
        name: Where it stands in the template.
        statements: Single values are lists.
        is_on_resource: It says who may, not what.
        is_ours: It is the template's; other documents are not taken apart.
    """

    name: str
    statements: tuple[Node, ...]
    is_on_resource: bool = False
    is_ours: bool = True

    def json(self) -> Node:
        return {"Version": "2012-10-17", "Statement": list(self.statements)}


def identities(stack: Stack) -> dict[str, tuple[Document, ...]]:
    """What each role of the stack, and each person, may do; by logical id or deed."""
    shared = {
        stack.arn(logical_id): _document(logical_id, policy["PolicyDocument"])
        for logical_id, policy in stack.of_type("AWS::IAM::ManagedPolicy").items()
    }
    by_role = {
        logical_id: (
            *_inline(logical_id, role),
            *(
                shared[arn]
                for arn in role.get("ManagedPolicyArns", ())
                if arn in shared
            ),
        )
        for logical_id, role in stack.of_type("AWS::IAM::Role").items()
    }
    people = {
        who: tuple(shared[stack.arn(policy)] for policy in policies)
        for who, policies in POLICIES.items()
    }
    return {
        **by_role,
        **people,
        ADMINISTRATOR: (_EVERYTHING,),
        NOBODY: (),
        ELSEWHERE: (),
    }


def on_resources(stack: Stack) -> dict[str, Document]:
    """The policy of each queue, bucket, role and key, by the resource's ARN."""
    queues = {
        _queue_arn(url): _document(logical_id, policy["PolicyDocument"], on=True)
        for logical_id, policy in stack.of_type("AWS::SQS::QueuePolicy").items()
        for url in policy["Queues"]
    }
    roles = {
        stack.arn(logical_id): _trust(logical_id, role)
        for logical_id, role in stack.of_type("AWS::IAM::Role").items()
    }
    # The account's other keys leave it to its policies as well.
    key = stack.given["KmsKeyArn"]
    keys = [key, f"{key.rpartition('/')[0]}/{THEIRS}"] if key else []
    buckets = {
        f"arn:aws:s3:::{policy['Bucket']}": _document(
            logical_id, policy["PolicyDocument"], on=True
        )
        for logical_id, policy in stack.of_type("AWS::S3::BucketPolicy").items()
    }
    return {**queues, **buckets, **roles, **dict.fromkeys(keys, key_policy())}


def on_resource(documents: dict[str, Document], arn: str) -> Document | None:
    """The policy of a resource; an object in a bucket has its bucket's."""
    if arn.startswith("arn:aws:s3:::"):
        arn = arn.partition("/")[0]
    return documents.get(arn)


@cache
def key_policy() -> Document:
    """The policy that the page tells to give a key of one's own."""
    (text,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    for word, value in (
        ("REGION", PSEUDO["AWS::Region"]),
        ("ACCOUNT", ACCOUNT_ID),
        ("STACK", STACK_NAME),
    ):
        text = text.replace(word, value)
    document = _document("docs/permissions.md", json.loads(text), on=True)
    return Document(
        name=document.name,
        statements=document.statements,
        is_on_resource=True,
        is_ours=False,
    )


_EVERYTHING = Document(
    name="an administrator's",
    statements=({"Effect": "Allow", "Action": ["*"], "Resource": ["*"]},),
    is_ours=False,
)


def _inline(logical_id: str, role: Node) -> Iterator[Document]:
    for policy in role.get("Policies", ()):
        yield _document(logical_id, policy["PolicyDocument"])


def _trust(logical_id: str, role: Node) -> Document:
    trust = role["AssumeRolePolicyDocument"]
    return _document(f"{logical_id}'s trust", trust, on=True)


def _document(name: str, document: Node, *, on: bool = False) -> Document:
    statements = tuple(_listed(each) for each in document["Statement"])
    return Document(name=name, statements=statements, is_on_resource=on)


def _listed(statement: Node) -> Node:
    lists = {
        key: value if isinstance(value, list) else [value]
        for key, value in statement.items()
        if key in {"Action", "Resource"}
    }
    return statement | lists


def _queue_arn(url: str) -> str:
    return f"arn:aws:sqs:{PSEUDO['AWS::Region']}:{ACCOUNT_ID}:{url.rpartition('/')[2]}"
