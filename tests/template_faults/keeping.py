"""Faults in what is kept."""

from __future__ import annotations

from template_faults.fault import Template, container, plants, properties
from template_rules import keeping


@plants("no PITR", broken=keeping.tables_can_be_restored, where="JobTable")
def no_restoring(template: Template) -> None:
    del properties(template, "JobTable")["PointInTimeRecoverySpecification"]


@plants(
    "table goes with the stack",
    broken=keeping.tables_outlive_the_stack_and_mistakes,
    where="JobTable",
)
def table_goes_with_the_stack(template: Template) -> None:
    del template["Resources"]["JobTable"]["DeletionPolicy"]


@plants(
    "table can be deleted",
    broken=keeping.tables_outlive_the_stack_and_mistakes,
    where="JobTable",
)
def table_can_be_deleted(template: Template) -> None:
    properties(template, "JobTable")["DeletionProtectionEnabled"] = False


@plants("no time to live", broken=keeping.tables_forget_by_themselves, where="JobTable")
def nothing_forgotten(template: Template) -> None:
    del properties(template, "JobTable")["TimeToLiveSpecification"]


@plants(
    "missing log retention", broken=keeping.logs_have_an_end, where="RecordLogGroup"
)
def endless_logs(template: Template) -> None:
    del properties(template, "RecordLogGroup")["RetentionInDays"]


@plants(
    "log group of Lambda's own",
    broken=keeping.logs_go_where_they_have_an_end,
    where="RecordFunction",
)
def logs_in_a_group_of_lambdas_own(template: Template) -> None:
    del properties(template, "RecordFunction")["LoggingConfig"]


@plants(
    "containers log elsewhere",
    broken=keeping.logs_go_where_they_have_an_end,
    where="ExampleTaskDefinition",
)
def container_logs_elsewhere(template: Template) -> None:
    options = container(template)["LogConfiguration"]["Options"]
    options["awslogs-group"] = "/ecs/jobs"


@plants(
    "plain secret",
    broken=keeping.no_secret_is_written_down,
    where="ExampleTaskDefinition",
)
def plain_secret(template: Template) -> None:
    written = {"Name": "DATABASE_PASSWORD", "Value": "hunter2"}
    container(template)["Environment"] = [written]


@plants(
    "access key in a variable",
    broken=keeping.no_secret_is_written_down,
    where="DispatchFunction",
)
def access_key(template: Template) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    variables["UPLOAD_AS"] = "AKIA" + "Q" * 16


@plants(
    "secret parameter with a default",
    broken=keeping.no_secret_is_written_down,
    where="ApiKey",
)
def secret_parameter_with_a_default(template: Template) -> None:
    template["Parameters"]["ApiKey"] = {"Type": "String", "Default": "hunter2"}
