"""What is kept: records for good, logs for a time, secrets never."""

from __future__ import annotations

from collections.abc import Iterator

from headrace.requests.secret_patterns import find_secret, names_a_secret
from template_rules.finding import Findings
from template_rules.view import View


def tables_can_be_restored(view: View) -> Findings:
    for table_id, table in view.of_type("AWS::DynamoDB::Table").items():
        recovery = table.get("PointInTimeRecoverySpecification", {})
        if recovery.get("PointInTimeRecoveryEnabled") is not True:
            yield table_id, "has no point-in-time recovery"


def tables_outlive_the_stack_and_mistakes(view: View) -> Findings:
    for table_id, table in view.of_type("AWS::DynamoDB::Table").items():
        resource = view.resources[table_id]
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.get(policy) != "Retain":
                yield table_id, f"{policy} is not Retain"
        if table.get("DeletionProtectionEnabled") is not True:
            yield table_id, "has no deletion protection"


def tables_forget_by_themselves(view: View) -> Findings:
    for table_id, table in view.of_type("AWS::DynamoDB::Table").items():
        if table.get("TimeToLiveSpecification", {}).get("Enabled") is not True:
            yield table_id, "has no time to live"


def logs_have_an_end(view: View) -> Findings:
    for group_id, group in view.of_type("AWS::Logs::LogGroup").items():
        if not group.get("RetentionInDays"):
            yield group_id, "keeps log lines for ever"


def logs_go_where_they_have_an_end(view: View) -> Findings:
    groups = view.of_type("AWS::Logs::LogGroup")
    for function_id, function in view.of_type("AWS::Lambda::Function").items():
        # Lambda would make a group of its own, which keeps its lines for ever.
        if function.get("LoggingConfig", {}).get("LogGroup") not in groups:
            yield function_id, "writes to no log group of this template"
    for task_id, container in _containers(view):
        options = container.get("LogConfiguration", {}).get("Options", {})
        if options.get("awslogs-group") not in groups:
            yield task_id, f"container {container['Name']} writes to no log group of it"


def no_secret_is_written_down(view: View) -> Findings:
    for where, resource in view.resources.items():
        if found := find_secret(resource):
            path, kind = found
            yield where, f"{'/'.join(str(step) for step in path)} looks like: {kind}"
    for where, name, value in _variables(view):
        if names_a_secret(name) and value:
            yield where, f"variable {name} is written down"
    for name, parameter in view.parameters.items():
        if names_a_secret(name) and (
            parameter.get("Default") or parameter.get("NoEcho") is not True
        ):
            yield name, "is a secret with a default, or one that is shown"


def _containers(view: View) -> Iterator[tuple[str, dict]]:
    for task_id, task in view.of_type("AWS::ECS::TaskDefinition").items():
        for container in task["ContainerDefinitions"]:
            yield task_id, container


def _variables(view: View) -> Iterator[tuple[str, str, str]]:
    for function_id, function in view.of_type("AWS::Lambda::Function").items():
        variables = function.get("Environment", {}).get("Variables", {})
        for name, value in variables.items():
            yield function_id, name, value
    for task_id, container in _containers(view):
        for variable in container.get("Environment", []):
            yield task_id, variable["Name"], variable["Value"]
