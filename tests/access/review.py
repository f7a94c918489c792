"""The whole question: what is allowed as deployed, and what each part of it is for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from access import functions, people, refused, services
from access.call import Call, distinct
from access.changes import Change, changes_of
from access.deployed import Stack
from access.engine import Question, allowed
from access.policies import (
    ADMINISTRATOR,
    ELSEWHERE,
    ELSEWHERE_ID,
    NOBODY,
    Document,
    identities,
    on_resource,
    on_resources,
)
from headrace_local.simulation import deployment

_HERE = f"{deployment.REGION}:{deployment.ACCOUNT_ID}"
# Deployments that between them have every statement there is. A condition that policies
# depend on must hold in one and not in another.
STACKS = {
    "as it comes": Stack(),
    "with all that can be added": Stack(
        parameters={
            "KmsKeyArn": f"arn:aws:kms:{_HERE}:key/0f1e2d3c",
            "PublisherSourceArns": (
                f"arn:aws:events:{_HERE}:rule/nightly,arn:aws:sns:{_HERE}:orders,"
                f"arn:aws:sns:{deployment.REGION}:{ELSEWHERE_ID}:not-ours"
            ),
            "InstancesMax": "4",
            "UntrustedClass": "ENABLED",
            "ExampleRepository": "headrace/python",
        }
    ),
    "in what was there": Stack(
        parameters={
            "ExistingClusterName": deployment.CLUSTER_NAME,
            "SubnetIds": "subnet-1,subnet-2",
        }
    ),
}


@dataclass(frozen=True, kw_only=True)
class Review:
    """What was found; each list is empty where all is well.

    Attributes:
        lacking: Calls that are made and would be refused.
        excessive: Calls that must be refused and would be allowed.
        unneeded: Changes of a policy after which every call is answered as before.
        figures: How many calls, refusals and changes were looked at.
    """

    lacking: list[str]
    excessive: list[str]
    unneeded: list[str]
    figures: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class _Case:
    stack: str
    call: Call
    is_allowed: bool


def made(stack: Stack) -> list[Call]:
    """Every call that is made in a stack, and must be allowed."""
    roles = stack.of_type("AWS::Lambda::Function")
    has_both_classes = stack.given["UntrustedClass"] == "ENABLED"
    calls = [
        call.but(function_id, principal=services.role_in(function["Role"], stack))
        for function_id, function in roles.items()
        for call in functions.recorded().get(function_id, ())
        if has_both_classes or not functions.is_for_untrusted(call)
    ]
    calls += [call for deed in people.recorded().values() for call in deed]
    calls += services.calls(stack)
    calls += [
        Call(
            principal=ADMINISTRATOR,
            action="sqs:ReceiveMessage",
            resource=stack.arn(queue),
            why="looks at messages",
        )
        for queue in stack.of_type("AWS::SQS::Queue")
    ]
    calls += [
        Call(
            principal=ADMINISTRATOR,
            action="s3:ListBucket",
            resource=stack.arn(bucket),
            why="looks at what is kept",
        )
        for bucket in stack.of_type("AWS::S3::Bucket")
    ]
    calls += [each for call in calls for each in services.with_keys(call, stack)]
    return distinct(calls + services.assumptions(stack))


@cache
def review() -> Review:
    """Ask the engine everything: the policies as they are, and with each change."""
    cases = [case for name in STACKS for case in _cases(name)]
    changes = list(_changes())
    questions = [_question(case) for case in cases]
    trials = [
        (number, case)
        for number, (name, principal, change) in enumerate(changes)
        for case in cases
        if case.stack == name and _concerns(change, principal, case)
    ]
    questions += [_question(case, changes[number][2]) for number, case in trials]
    answers = allowed(questions)
    wrong = [
        case
        for case, answer in zip(cases, answers, strict=False)
        if answer != case.is_allowed
    ]
    noticed = {
        number
        for (number, case), answer in zip(trials, answers[len(cases) :], strict=True)
        if answer != case.is_allowed
    }
    return Review(
        lacking=[_told(case) for case in wrong if case.is_allowed],
        excessive=[_told(case) for case in wrong if not case.is_allowed],
        unneeded=[
            f"{principal or 'the resource'}: {change.what}"
            for number, (_, principal, change) in enumerate(changes)
            if number not in noticed
        ],
        figures={
            "allowed": sum(case.is_allowed for case in cases),
            "refused": sum(not case.is_allowed for case in cases),
            "changes": len(changes),
            "questions": len(questions),
        },
    )


def _told(case: _Case) -> str:
    return f"{case.call} [the stack {case.stack}]"


@cache
def _policies(name: str) -> tuple[dict[str, tuple[Document, ...]], dict[str, Document]]:
    return identities(STACKS[name]), on_resources(STACKS[name])


def _cases(name: str) -> Iterator[_Case]:
    stack = STACKS[name]
    calls = made(stack)
    own = [
        who
        for who in _policies(name)[0]
        if who not in {ADMINISTRATOR, NOBODY, ELSEWHERE, "cancel"}
    ]
    for call in calls:
        yield _Case(stack=name, call=call, is_allowed=True)
    for call in distinct(refused.calls(stack, calls, own)):
        yield _Case(stack=name, call=call, is_allowed=False)


def _changes() -> Iterator[tuple[str, str, Change]]:
    """Each change once, for whom it would be, in the first stack that has it."""
    seen: set[tuple[str, str]] = set()
    for name in STACKS:
        by_principal, by_resource = _policies(name)
        documents = [
            (who, document)
            for who, several in by_principal.items()
            if who != "cancel"  # has the policies of two others
            for document in several
        ]
        documents += [("", document) for document in by_resource.values()]
        for who, document in documents:
            for change in changes_of(document):
                if (who, change.what + str(change.statement)) not in seen:
                    seen.add((who, change.what + str(change.statement)))
                    yield name, who, change


def _concerns(change: Change, principal: str, case: _Case) -> bool:
    if not change.concerns(case.call.action):
        return False
    if change.document.is_on_resource:
        document = on_resource(_policies(case.stack)[1], case.call.resource)
        return document is not None and document.name == change.document.name
    return case.call.principal == principal


def _question(case: _Case, change: Change | None = None) -> Question:
    by_principal, by_resource = _policies(case.stack)
    who = case.call.principal
    several = by_principal.get(who, ())
    document = on_resource(by_resource, case.call.resource)
    if change is not None:
        changed = change.document
        several = tuple(
            changed if each.name == changed.name else each for each in several
        )
        if document is not None and document.name == changed.name:
            document = changed
    return Question(
        call=case.call,
        principal_arn=_principal_arn(who, STACKS[case.stack]),
        identities=several,
        on_resource=document,
    )


def _principal_arn(who: str, stack: Stack) -> str:
    if refused.is_service(who):
        return who
    if who in stack.of_type("AWS::IAM::Role"):
        return stack.arn(who)
    account = ELSEWHERE_ID if who == ELSEWHERE else deployment.ACCOUNT_ID
    return f"arn:aws:iam::{account}:role/{who.replace(' ', '-')}"
