"""Faults in permissions."""

from __future__ import annotations

from template_faults.fault import (
    Template,
    allow,
    arn_of,
    drop_statement,
    plants,
    properties,
    statement,
)
from template_rules import access


@plants(
    "public queue",
    broken=access.nobody_is_let_in_without_a_name,
    where="RequestQueuePolicy",
)
def public_queue(template: Template) -> None:
    allow(
        template,
        "RequestQueuePolicy",
        Principal="*",
        Action="sqs:SendMessage",
        Resource=arn_of("RequestQueue"),
    )


@plants(
    "queue for every account",
    broken=access.nobody_is_let_in_without_a_name,
    where="TaskEventQueuePolicy",
)
def queue_for_every_account(template: Template) -> None:
    allow(
        template,
        "TaskEventQueuePolicy",
        Principal={"AWS": ["*"]},
        Action="sqs:SendMessage",
        Resource=arn_of("TaskEventQueue"),
    )


@plants(
    "rule of any account",
    broken=access.services_act_for_something_of_this_account,
    where="TaskEventQueuePolicy",
)
def rule_of_any_account(template: Template) -> None:
    del statement(template, "TaskEventQueuePolicy", "AllowOurRule")["Condition"][
        "StringEquals"
    ]


@plants("PassRole on *", broken=access.only_some_roles_are_passed, where="LaunchPolicy")
def any_role_passed(template: Template) -> None:
    statement(template, "LaunchPolicy", "PassJobRoles")["Resource"] = "*"


@plants(
    "PassRole on every role",
    broken=access.only_some_roles_are_passed,
    where="LaunchPolicy",
)
def every_role_passed_by_pattern(template: Template) -> None:
    arn = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"}
    statement(template, "LaunchPolicy", "PassJobRoles")["Resource"] = arn


@plants(
    "PassRole to any service",
    broken=access.roles_are_passed_to_tasks_only,
    where="LaunchPolicy",
)
def roles_passed_to_any_service(template: Template) -> None:
    del statement(template, "LaunchPolicy", "PassJobRoles")["Condition"]


@plants(
    "RunTask without cluster condition",
    broken=access.tasks_start_on_one_cluster,
    where="LaunchPolicy",
)
def tasks_on_any_cluster(template: Template) -> None:
    del statement(template, "LaunchPolicy", "RunJobFamilies")["Condition"]


@plants(
    "RunTask with ECS Exec",
    broken=access.no_task_starts_with_a_way_to_get_a_shell_in_it,
    where="LaunchPolicy",
)
def tasks_with_a_shell(template: Template) -> None:
    drop_statement(template, "LaunchPolicy", "NeverWithAShellIn")


@plants("wildcard action", broken=access.no_action_is_a_wildcard, where="RecordRole")
def wildcard_action(template: Template) -> None:
    statement(template, "RecordRole", "KeepJobRecords")["Action"] = "dynamodb:*"


@plants(
    "wildcard action for a service",
    broken=access.no_action_is_a_wildcard,
    where="TaskEventQueuePolicy",
)
def rule_may_do_anything(template: Template) -> None:
    statement(template, "TaskEventQueuePolicy", "AllowOurRule")["Action"] = "sqs:*"


@plants(
    "everything but one action",
    broken=access.permissions_name_what_they_allow,
    where="RecordRole",
)
def all_but_one_action(template: Template) -> None:
    planted = statement(template, "RecordRole", "KeepJobRecords")
    del planted["Action"]
    planted["NotAction"] = "dynamodb:DeleteTable"


@plants(
    "everybody but one account",
    broken=access.permissions_name_what_they_allow,
    where="TaskEventQueuePolicy",
)
def everybody_but_one(template: Template) -> None:
    allow(
        template,
        "TaskEventQueuePolicy",
        NotPrincipal={"AWS": "123456789012"},
        Action="sqs:SendMessage",
        Resource=arn_of("TaskEventQueue"),
    )


@plants(
    "permission for everything",
    broken=access.no_permission_is_for_everything,
    where="RecordRole",
)
def everything_read(template: Template) -> None:
    statement(template, "RecordRole", "KeepJobRecords")["Resource"] = "*"


@plants(
    "ListTasks without cluster condition",
    broken=access.no_permission_is_for_everything,
    where="ReconcileRole",
)
def tasks_listed_on_any_cluster(template: Template) -> None:
    del statement(template, "ReconcileRole", "ListTasks")["Condition"]


@plants(
    "role for two services",
    broken=access.roles_are_trusted_to_one_service,
    where="RecordRole",
)
def role_for_two_services(template: Template) -> None:
    trust = properties(template, "RecordRole")["AssumeRolePolicyDocument"]
    trust["Statement"][0]["Principal"]["Service"] = [
        "lambda.amazonaws.com",
        "ecs-tasks.amazonaws.com",
    ]


@plants(
    "role for two functions",
    broken=access.each_function_has_a_role_of_its_own,
    where="RecordFunction",
)
def role_for_two_functions(template: Template) -> None:
    properties(template, "RecordFunction")["Role"] = arn_of("DispatchRole")
