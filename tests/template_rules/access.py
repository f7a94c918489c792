"""Permissions: who may do what, to what, and on whose behalf."""

from __future__ import annotations

import re
from collections.abc import Iterator

from expanded_template import Statement
from template_rules.finding import Findings
from template_rules.view import View

# Actions that AWS cannot narrow to a resource, and what must narrow them instead.
# Service Authorization Reference, "Actions defined by", for each service.
ON_EVERYTHING = {
    "ecs:ListTasks": "ecs:cluster",
    "ecs:DescribeTaskDefinition": None,
    "ecr:GetAuthorizationToken": None,
    "events:ListRuleNamesByTarget": None,
    "scheduler:ListSchedules": None,
    "dynamodb:ListStreams": None,
    "states:SendTaskSuccess": None,
    "states:SendTaskFailure": None,
}
# Roles that are not for tasks, by the statement that passes them.
PASSED_TO = {"LetSchedulerSend": "scheduler.amazonaws.com"}
OF_CALLER = ("aws:SourceArn", "aws:SourceAccount")
# A role by its path or name: `role/*` and `*` are all roles.
SOME_ROLES = re.compile(r"arn:[^:]+:iam::[0-9]+:role/[^*?]+")


def nobody_is_let_in_without_a_name(view: View) -> Findings:
    for where, statement in view.invitations():
        if statement.allows and "*" in _principals(statement):
            yield where, "lets anybody in"
    for where, permission in view.of_type("AWS::Lambda::Permission").items():
        if permission["Principal"] == "*":
            yield where, "lets anybody invoke"


def services_act_for_something_of_this_account(view: View) -> Findings:
    for policy_id in view.of_type("AWS::SQS::QueuePolicy"):
        for where, statement in view.invitations():
            if where == policy_id and statement.allows and _of_service(statement):
                for key in set(OF_CALLER) - _condition_keys(statement):
                    yield where, f"lets {statement.principal} in whatever the {key}"


def roles_are_trusted_to_one_service(view: View) -> Findings:
    for role_id, role in view.of_type("AWS::IAM::Role").items():
        trusted = [
            principal
            for statement in role["AssumeRolePolicyDocument"]["Statement"]
            for principal in _listed(statement["Principal"].get("Service", ()))
        ]
        if len(trusted) != 1:
            yield role_id, f"is for {trusted or 'no service'}"


def each_function_has_a_role_of_its_own(view: View) -> Findings:
    owners: dict[str, str] = {}
    for function_id, function in view.of_type("AWS::Lambda::Function").items():
        owner = owners.setdefault(view.named(function["Role"]), function_id)
        if owner != function_id:
            yield function_id, f"acts in the role of {owner}"


def permissions_name_what_they_allow(view: View) -> Findings:
    for where, resource in view.resources.items():
        for written in _statements_in(resource):
            for key in ("NotAction", "NotPrincipal", "NotResource"):
                if key in written and written["Effect"] == "Allow":
                    yield where, f"allows all but {written[key]}"


def no_action_is_a_wildcard(view: View) -> Findings:
    keys = view.of_type("AWS::KMS::Key")  # AWS's own policy for a key is kms:*
    invited = [each for each in view.invitations() if each[0] not in keys]
    for where, statement in [*view.grants(), *invited]:
        for action in statement.actions:
            if statement.allows and "*" in action:
                yield where, f"{statement.sid} allows {action}"


def no_permission_is_for_everything(view: View) -> Findings:
    for where, statement in view.grants():
        # Passing roles has a rule of its own.
        actions = [each for each in statement.actions if each != "iam:PassRole"]
        if not statement.allows or "*" not in statement.resources:
            continue
        for action in actions:
            key = ON_EVERYTHING.get(action)
            if action not in ON_EVERYTHING or (
                key is not None and key not in _condition_keys(statement)
            ):
                yield where, f"{statement.sid} allows {action} on everything"


def only_some_roles_are_passed(view: View) -> Findings:
    for where, statement in _allowing(view, "iam:PassRole"):
        for resource in statement.resources:
            if not SOME_ROLES.match(resource):
                yield where, f"{statement.sid} passes {resource}"


def roles_are_passed_to_tasks_only(view: View) -> Findings:
    for where, statement in _allowing(view, "iam:PassRole"):
        service = PASSED_TO.get(statement.sid, "ecs-tasks.amazonaws.com")
        only = {"StringEquals": {"iam:PassedToService": service}}
        if statement.condition != only:
            yield where, f"{statement.sid} passes roles to any service"


def tasks_start_on_one_cluster(view: View) -> Findings:
    for where, statement in _allowing(view, "ecs:RunTask"):
        clusters = statement.condition.get("ArnEquals", {}).get("ecs:cluster", "*")
        if "*" in str(clusters):
            yield where, f"{statement.sid} starts tasks on any cluster"


def no_task_starts_with_a_way_to_get_a_shell_in_it(view: View) -> Findings:
    denying = {
        where
        for where, statement in view.grants()
        if not statement.allows
        and statement.actions == ("ecs:RunTask",)
        and statement.resources == ("*",)
        and statement.condition
        == {"StringEquals": {"ecs:enable-execute-command": "true"}}
    }
    for where, statement in _allowing(view, "ecs:RunTask"):
        if where not in denying:
            yield where, f"{statement.sid} starts tasks with ECS Exec"


def _statements_in(node: object) -> Iterator[dict]:
    """Every statement as written, wherever it is."""
    if isinstance(node, dict):
        if "Effect" in node:
            yield node
        for value in node.values():
            yield from _statements_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from _statements_in(value)


def _allowing(view: View, action: str) -> list[tuple[str, Statement]]:
    # By its name: that no pattern allows it is a rule of its own.
    return [
        (where, statement)
        for where, statement in view.grants()
        if statement.allows and action in statement.actions
    ]


def _principals(statement: Statement) -> set[str]:
    match statement.principal:
        case dict() as kinds:
            return {each for value in kinds.values() for each in _listed(value)}
        case value:
            return set(_listed(value))


def _of_service(statement: Statement) -> bool:
    return isinstance(statement.principal, dict) and "Service" in statement.principal


def _condition_keys(statement: Statement) -> set[str]:
    return {key for keys in statement.condition.values() for key in keys}


def _listed(value: object) -> list[str]:
    return (
        [str(each) for each in value]
        if isinstance(value, (list, tuple))
        else [str(value)]
    )
