"""What an SDK call needs to be allowed: the calls that IAM is asked about.

Sources: Service Authorization Reference (actions, resource types and condition keys of
DynamoDB, ECS, EventBridge, Lambda, S3, SQS, Step Functions, CloudFormation); Amazon ECS
Developer Guide, "Task IAM role" and "Task execution IAM role" (a launch passes both).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from access.call import Call
from headrace_local.simulation import deployment

type Request = Mapping[str, Any]
type Say = Callable[..., Call]

_HERE = f"{deployment.REGION}:{deployment.ACCOUNT_ID}"
_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def calls_of(
    principal: str, service: str, operation: str, request: Request
) -> Iterator[Call]:
    """Yield all that must be allowed for an operation, as boto3 names it."""
    name = f"{service}.{operation}"
    assert name in _NEEDS, f"access/authorised.py: what must be allowed for {name}?"
    yield from _NEEDS[name](partial(Call, principal=principal, why=name), request)


def _table(name: str) -> str:
    return f"arn:aws:dynamodb:{_HERE}:table/{name}"


def _item(action: str, say: Say, request: Request) -> Iterator[Call]:
    key = request.get("Key") or request["Item"]
    yield say(
        action=f"dynamodb:{action}",
        resource=_table(request["TableName"]),
        context={"dynamodb:LeadingKeys": (key["pk"]["S"],)},
    )


def _batch(say: Say, request: Request) -> Iterator[Call]:
    for table_name, wanted in request["RequestItems"].items():
        leading = tuple(key["pk"]["S"] for key in wanted["Keys"])
        yield say(
            action="dynamodb:BatchGetItem",
            resource=_table(table_name),
            context={"dynamodb:LeadingKeys": leading},
        )


def _transaction(say: Say, request: Request) -> Iterator[Call]:
    """There is no permission for the transaction: each part needs its own."""
    for part in request["TransactItems"]:
        for kind, item in part.items():
            yield from _item(_TRANSACTION[kind], say, item)


def _query(say: Say, request: Request) -> Iterator[Call]:
    index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
    (value,) = re.findall(r" = (:\w+)", request["KeyConditionExpression"])
    leading = request["ExpressionAttributeValues"][value]["S"]
    yield say(
        action="dynamodb:Query",
        resource=_table(request["TableName"]) + index,
        context={"dynamodb:LeadingKeys": (leading,)},
    )


def _cluster(request: Request) -> dict[str, str]:
    cluster = request["cluster"]
    assert cluster.startswith("arn:"), cluster
    return {"ecs:cluster": cluster}


def _launch(say: Say, request: Request) -> Iterator[Call]:
    """A launch passes roles: those of the task definition, or others in their place."""
    definition = request["taskDefinition"].rpartition("/")[2]
    assert ":" in definition, "a family alone: which revision is known to ECS only"
    name = deployment.name_of(definition.partition(":")[0])
    roles = deployment.task_definition_of(name) | request.get("overrides", {})
    providers = request.get("capacityProviderStrategy", ())
    shell = str(bool(request.get("enableExecuteCommand"))).lower()
    yield say(
        action="ecs:RunTask",
        resource=f"arn:aws:ecs:{_HERE}:task-definition/{definition}",
        context=_cluster(request)
        | {
            "ecs:enable-execute-command": shell,
            "ecs:capacity-provider": tuple(
                f"arn:aws:ecs:{_HERE}:capacity-provider/{each['capacityProvider']}"
                for each in providers
            ),
        },
    )
    for role in ("taskRoleArn", "executionRoleArn"):
        if roles.get(role):
            yield say(
                action="iam:PassRole",
                resource=roles[role],
                context={"iam:PassedToService": "ecs-tasks.amazonaws.com"},
            )
    if request.get("tags"):
        cluster = request["cluster"].rpartition("/")[2]
        yield say(
            action="ecs:TagResource",
            resource=f"arn:aws:ecs:{_HERE}:task/{cluster}/some-task",
            context={"ecs:CreateAction": "RunTask"},
        )


def _describe(say: Say, request: Request) -> Iterator[Call]:
    for task in request["tasks"]:
        yield say(action="ecs:DescribeTasks", resource=task, context=_cluster(request))


def _stop(say: Say, request: Request) -> Iterator[Call]:
    task = request["task"]
    yield say(action="ecs:StopTask", resource=task, context=_cluster(request))


def _list(say: Say, request: Request) -> Iterator[Call]:
    yield say(action="ecs:ListTasks", resource="*", context=_cluster(request))


def _definition(say: Say, _: Request) -> Iterator[Call]:
    yield say(action="ecs:DescribeTaskDefinition", resource="*")


def _invoke(say: Say, request: Request) -> Iterator[Call]:
    arn = f"arn:aws:lambda:{_HERE}:function:{request['FunctionName']}"
    yield say(action="lambda:InvokeFunction", resource=arn)


def _configuration(say: Say, request: Request) -> Iterator[Call]:
    arn = f"arn:aws:lambda:{_HERE}:function:{request['FunctionName']}"
    yield say(action="lambda:GetFunctionConfiguration", resource=arn)


def _object(action: str, say: Say, request: Request) -> Iterator[Call]:
    arn = f"arn:aws:s3:::{request['Bucket']}/{request['Key']}"
    yield say(action=f"s3:{action}", resource=arn)


def _get_object(say: Say, request: Request) -> Iterator[Call]:
    """Amazon S3 API Reference, GetObject: to hear that an object is not there, list."""
    yield from _object("GetObject", say, request)
    yield say(action="s3:ListBucket", resource=f"arn:aws:s3:::{request['Bucket']}")


def _image(say: Say, request: Request) -> Iterator[Call]:
    name = request["repositoryName"]
    yield say(
        action="ecr:BatchGetImage", resource=f"arn:aws:ecr:{_HERE}:repository/{name}"
    )


def _queue(action: str, say: Say, request: Request) -> Iterator[Call]:
    queue = request["QueueUrl"].rpartition("/")[2]
    yield say(action=f"sqs:{action}", resource=f"arn:aws:sqs:{_HERE}:{queue}")


def _log(say: Say, request: Request) -> Iterator[Call]:
    group = f"arn:aws:logs:{_HERE}:log-group:{request['logGroupName']}:*"
    yield say(action="logs:FilterLogEvents", resource=group)


def _anybody(_say: Say, _request: Request) -> Iterator[Call]:
    """Nothing: AWS STS API Reference, GetCallerIdentity, "no permissions"."""
    yield from ()


def _anywhere(action: str, say: Say, _: Request) -> Iterator[Call]:
    """A call of an action without resource types."""
    yield say(action=action, resource="*")


def _schedule(action: str, say: Say, request: Request) -> Iterator[Call]:
    name = f"{request['GroupName']}/{request['Name']}"
    yield say(
        action=f"scheduler:{action}",
        resource=f"arn:aws:scheduler:{_HERE}:schedule/{name}",
    )


def _create_schedule(say: Say, request: Request) -> Iterator[Call]:
    """Making a schedule passes its role: Scheduler User Guide, "Execution role"."""
    yield from _schedule("CreateSchedule", say, request)
    yield say(
        action="iam:PassRole",
        resource=request["Target"]["RoleArn"],
        context={"iam:PassedToService": "scheduler.amazonaws.com"},
    )


def _publish(say: Say, request: Request) -> Iterator[Call]:
    for bus in {each["EventBusName"] for each in request["Entries"]}:
        arn = f"arn:aws:events:{_HERE}:event-bus/{bus}"
        yield say(action="events:PutEvents", resource=arn)


def _outputs(say: Say, request: Request) -> Iterator[Call]:
    arn = f"arn:aws:cloudformation:{_HERE}:stack/{request['StackName']}/some-id"
    yield say(action="cloudformation:DescribeStacks", resource=arn)


def _log_events(say: Say, request: Request) -> Iterator[Call]:
    stream = f"{request['logGroupName']}:log-stream:{request['logStreamName']}"
    yield say(
        action="logs:GetLogEvents", resource=f"arn:aws:logs:{_HERE}:log-group:{stream}"
    )


_NEEDS: Mapping[str, Callable[[Say, Request], Iterator[Call]]] = {
    "cloudformation.describe_stacks": _outputs,
    "dynamodb.batch_get_item": _batch,
    "dynamodb.delete_item": partial(_item, "DeleteItem"),
    "dynamodb.get_item": partial(_item, "GetItem"),
    "dynamodb.put_item": partial(_item, "PutItem"),
    "dynamodb.query": _query,
    "dynamodb.transact_write_items": _transaction,
    "dynamodb.update_item": partial(_item, "UpdateItem"),
    "ecs.describe_task_definition": _definition,
    "ecr.batch_get_image": _image,
    "ecs.describe_tasks": _describe,
    "ecs.list_tasks": _list,
    "ecs.run_task": _launch,
    "ecs.stop_task": _stop,
    "events.list_rule_names_by_target": partial(
        _anywhere, "events:ListRuleNamesByTarget"
    ),
    "lambda.get_function_configuration": _configuration,
    "lambda.invoke": _invoke,
    "s3.get_object": _get_object,
    "s3.put_object": partial(_object, "PutObject"),
    "scheduler.create_schedule": _create_schedule,
    "scheduler.delete_schedule": partial(_schedule, "DeleteSchedule"),
    "scheduler.get_schedule": partial(_schedule, "GetSchedule"),
    "scheduler.list_schedules": partial(_anywhere, "scheduler:ListSchedules"),
    "logs.get_log_events": _log_events,
    "logs.filter_log_events": _log,
    # There is no permission for a batch: Amazon SQS Developer Guide, "Amazon SQS API
    # permissions: Actions and resource reference".
    "sqs.change_message_visibility_batch": partial(_queue, "ChangeMessageVisibility"),
    "sqs.delete_message": partial(_queue, "DeleteMessage"),
    "sqs.get_queue_attributes": partial(_queue, "GetQueueAttributes"),
    "sqs.receive_message": partial(_queue, "ReceiveMessage"),
    "sqs.send_message": partial(_queue, "SendMessage"),
    "sqs.send_message_batch": partial(_queue, "SendMessage"),
    "sts.get_caller_identity": _anybody,
    "events.put_events": _publish,
    "stepfunctions.send_task_failure": partial(_anywhere, "states:SendTaskFailure"),
    "stepfunctions.send_task_success": partial(_anywhere, "states:SendTaskSuccess"),
}
