"""Calls that must be refused: those that are made, with one thing changed, and others.

What is changed is decided here and not by the policies, so that a policy which lost a
condition is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from access.call import ACCOUNT_ID, Call
from access.deployed import Stack
from access.policies import ADMINISTRATOR, ELSEWHERE, ELSEWHERE_ID, NOBODY, THEIRS
from access.services import publisher_sources
from headrace_local.simulation import deployment

_HERE = f"{deployment.REGION}:{ACCOUNT_ID}"
# A condition key, and a value with which no call may ever succeed.
FOREIGN = {
    "ecs:cluster": f"arn:aws:ecs:{_HERE}:cluster/{THEIRS}",
    "ecs:enable-execute-command": "true",
    "iam:PassedToService": "lambda.amazonaws.com",
    "kms:ViaService": f"ebs.{deployment.REGION}.amazonaws.com",
}
# Ditto, for services that act in their own name.
FOREIGN_TO_SERVICES = {
    "aws:SourceAccount": ELSEWHERE_ID,
    "kms:EncryptionContext:aws:sqs:arn": f"arn:aws:sqs:{_HERE}:{THEIRS}",
    "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{_HERE}:log-group:{THEIRS}",
}
# Leading keys that no call may have that is limited to some of the table's.
FOREIGN_KEYS = {
    "with a job's key": ("JOB#some",),
    "with a job's key among its own": ("DEFINITION#report", "JOB#some"),
    "with a job's key among notes": ("DROPPED#requests", "JOB#some"),
    "without a key": None,
}
JOB_READERS_KEYS = {
    "with a rejection's key": ("REJECTION#some",),
    "with a job's key among definitions'": ("DEFINITION#report", "JOB#some"),
    "without a key": None,
}


def calls(stack: Stack, made: Iterable[Call], principals: Iterable[str]) -> list[Call]:
    """Every call that must be refused.

    Args:
        stack: The stack.
        made: The calls that must be allowed.
        principals: Roles and people who have policies of their own.
    """
    made = list(made)
    return [
        *(each for call in made for each in _beside(call)),
        *(each for call in made for each in _by_others(call)),
        *(each for call in made for each in _in_the_other_class(call)),
        *_of_others(made, principals),
        *(each for who in principals for each in _never(stack, who)),
        *_named_elsewhere(stack),
        *_of_operators(stack),
    ]


# Teams name their repositories as they like, so any of the account may hold an image.
OF_ANY_NAME = frozenset({"ecr:BatchGetImage"})


def is_service(principal: str) -> bool:
    return principal.endswith(".amazonaws.com")


def _beside(call: Call) -> Iterator[Call]:
    """The call elsewhere, in other circumstances, or without encryption."""
    if call.action.startswith(("sqs:", "s3:")):
        context = call.within(**{"aws:SecureTransport": "false"})
        yield call.but("without TLS", context=context)
    if call.principal == ADMINISTRATOR:
        return
    by_service = is_service(call.principal)
    if not by_service:
        others = _elsewhere if call.action in OF_ANY_NAME else _others
        for resource in others(call.resource):
            yield call.but("of somebody else's", resource=resource)
    foreign = FOREIGN_TO_SERVICES if by_service else FOREIGN
    for key in sorted(foreign.keys() & call.context.keys()):
        context = call.within(**{key: foreign[key]})
        yield call.but(f"with another {key}", context=context)
    if source := call.context.get("aws:SourceArn"):
        context = call.within(**{"aws:SourceArn": _another(str(source))})
        yield call.but("for another account's resource", context=context)
        if call.action != "sts:AssumeRole":
            context = call.within(**{"aws:SourceArn": f"{source}-other"})
            yield call.but("for another resource", context=context)
    if "kms:ViaService" in call.context and not by_service:
        context = {k: v for k, v in call.context.items() if k != "kms:ViaService"}
        yield call.but("not through a service", context=context)
    if _is_limited_to_keys(call):
        yield from _of_a_job(call)


def _in_the_other_class(call: Call) -> Iterator[Call]:
    """A launch that would mix the classes: each family has its own cluster."""
    if call.action != "ecs:RunTask":
        return
    both = {deployment.CLUSTER_ARN, deployment.UNTRUSTED_CLUSTER_ARN}
    for cluster in both - {call.context["ecs:cluster"]}:
        context = call.within(**{"ecs:cluster": cluster})
        yield call.but("on the other class's cluster", context=context)


def _is_limited_to_keys(call: Call) -> bool:
    """Whether it may reach definitions, or notes, and nothing else of the table."""
    if "dynamodb:LeadingKeys" not in call.context:
        return False
    if "/index/" in call.resource:
        return False
    lists = call.action == "dynamodb:Query"
    is_limited = call.principal in {"register", "operate", "schedule"}
    return is_limited or (call.principal == "look" and lists)


def _of_a_job(call: Call) -> Iterator[Call]:
    # Jobs may be read several at once, and by themselves; nothing else may.
    registers = call.principal == "register"
    reads = registers and call.action == "dynamodb:BatchGetItem"
    for why, keys in (JOB_READERS_KEYS if reads else FOREIGN_KEYS).items():
        context = {k: v for k, v in call.context.items() if k != "dynamodb:LeadingKeys"}
        if keys is not None:
            context["dynamodb:LeadingKeys"] = keys
        yield call.but(why, context=context)


def _by_others(call: Call) -> Iterator[Call]:
    """The call by those to whom nobody gave anything."""
    if is_service(call.principal):
        other = "apigateway.amazonaws.com"
        yield call.but("by another service", principal=other)
    yield call.but("by nobody in particular", principal=NOBODY)
    yield call.but("from another account", principal=ELSEWHERE)


def _of_others(made: list[Call], principals: Iterable[str]) -> Iterator[Call]:
    """What one needs and another does not, the other may not."""
    for who in principals:
        own = {call.action for call in made if call.principal == who}
        for call in made:
            if call.action not in own and call.action != "sts:AssumeRole":
                yield call.but(f"by {who}", principal=who)


def _never(stack: Stack, who: str) -> Iterator[Call]:
    """What nobody here may do, on what the stack has."""
    table, queue = stack.arn("JobTable"), stack.arn("RequestQueue")
    task = f"arn:aws:ecs:{_HERE}:task/{deployment.CLUSTER_NAME}/some"
    role = f"{deployment.ROLES_ARN}some"
    wanted = {
        "dynamodb:Scan": table,
        "dynamodb:DeleteItem": table,
        "dynamodb:BatchWriteItem": table,
        "dynamodb:DeleteTable": table,
        "dynamodb:ExportTableToPointInTime": table,
        "sqs:PurgeQueue": queue,
        "sqs:SetQueueAttributes": queue,
        "sqs:ChangeMessageVisibility": queue,
        "ecs:ExecuteCommand": task,
        "ecs:RegisterTaskDefinition": "*",
        "iam:CreateRole": role,
        "iam:PutRolePolicy": role,
        "sts:AssumeRole": role,
        "lambda:UpdateFunctionCode": stack.arn("ReconcileFunction"),
        "s3:DeleteObject": f"{stack.arn('ParameterBucket')}/90-days/some/job.json",
        "s3:PutBucketPolicy": stack.arn("ParameterBucket"),
        "secretsmanager:GetSecretValue": f"arn:aws:secretsmanager:{_HERE}:secret:some",
    }
    for action, resource in wanted.items():
        yield Call(principal=who, action=action, resource=resource, why="never")


def _of_operators(stack: Stack) -> Iterator[Call]:
    """What those who look after dead letters may not do with the other queues."""
    live, dead = stack.arn("RequestQueue"), stack.arn("RequestDeadLetterQueue")
    for action, resource in (
        ("ReceiveMessage", live),
        ("DeleteMessage", live),
        ("SendMessage", dead),
        ("PurgeQueue", dead),
    ):
        yield Call(
            principal="operate",
            action=f"sqs:{action}",
            resource=resource,
            why="never with this queue",
        )


def _named_elsewhere(stack: Stack) -> Iterator[Call]:
    """Sources that somebody named although they are another account's."""
    for arn in publisher_sources(stack):
        if f":{ACCOUNT_ID}:" not in arn:
            yield Call(
                principal=f"{arn.split(':')[2]}.amazonaws.com",
                action="sqs:SendMessage",
                resource=stack.arn("RequestQueue"),
                context={"aws:SourceArn": arn},
                why="named, and another account's",
            )


def _elsewhere(arn: str) -> Iterator[str]:
    """The same name in another account."""
    yield arn.replace(f":{ACCOUNT_ID}:", f":{ELSEWHERE_ID}:")


def _others(arn: str) -> Iterator[str]:
    """ARNs of the same kind, of resources that belong to somebody else."""
    if arn == "*":
        return
    if arn.startswith("arn:aws:s3:::"):
        yield f"arn:aws:s3:::{THEIRS}{''.join(arn.partition('/')[1:])}"
        return
    head, rest = arn.split(":")[:5], ":".join(arn.split(":")[5:])
    kind, separator, name = rest.partition("/" if "/" in rest else ":")
    here = ":".join(head)
    if not separator:
        yield f"{here}:{THEIRS}"
    elif kind == "task-definition":
        yield f"{here}:{kind}/{THEIRS}:1"
    elif kind == "role":
        path, _, own = name.rpartition("/")
        yield f"{here}:{kind}/{own if path else THEIRS}"
    else:
        first, slash, more = name.partition("/" if separator == "/" else ":")
        yield f"{here}:{kind}{separator}{THEIRS}{slash}{more}"
        if more.startswith("index/"):
            yield f"{here}:{kind}/{first}/index/{THEIRS}"


def _another(arn: str) -> str:
    """Another account's, so that patterns over an account's resources do not match."""
    return arn.replace(ACCOUNT_ID, ELSEWHERE_ID)
