"""The calls that AWS makes for the stack: with its roles, or as a service of its own.

Nobody can record them here, so they are read off the template, by what AWS documents.
These are the only calls that a policy may need without our code making them.
"""

from __future__ import annotations

from collections.abc import Iterator

from access.call import ACCOUNT_ID, Call
from access.deployed import Node, Stack
from headrace_local.simulation import deployment

# Lambda Developer Guide, "Using Lambda with Amazon SQS": the function's role receives,
# deletes and reads attributes, on behalf of the event source mapping.
EVENT_SOURCE_ACTIONS = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
)
# Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB": ditto, of a stream.
STREAM_ACTIONS = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
# Lambda Developer Guide, "Sending function logs to CloudWatch Logs" (the group exists),
# and Amazon ECS Developer Guide, "Send Amazon ECS logs to CloudWatch" (awslogs).
LOG_ACTIONS = ("logs:CreateLogStream", "logs:PutLogEvents")
# Amazon SQS Developer Guide, "Key management": what who sends and who receives needs.
SENDER_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
RECEIVER_KEY_ACTIONS = ("kms:Decrypt",)
# Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys": what who
# writes an object in one part and who reads it needs.
OBJECT_KEY_ACTIONS = {
    "s3:PutObject": ("kms:GenerateDataKey",),
    "s3:GetObject": ("kms:Decrypt",),
}
# Amazon CloudWatch Logs User Guide, "Encrypt log data using AWS KMS".
LOG_KEY_ACTIONS = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")
# Amazon ECR User Guide, "Private repository policies": what a pull needs.
IMAGE_ACTIONS = (
    "ecr:GetAuthorizationToken",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
)
SNS = "sns.amazonaws.com"
# EventBridge Scheduler User Guide, "Confused deputy": the group, not the schedule.
DEFAULT_GROUP = (
    f"arn:aws:scheduler:{deployment.REGION}:{ACCOUNT_ID}:schedule-group/default"
)
CLUSTER_SOURCE = f"arn:aws:ecs:{deployment.REGION}:{ACCOUNT_ID}:*"


def role_in(arn: str, stack: Stack) -> str:
    """The logical id of the stack's role, queue or other resource with an ARN."""
    kinds = ("AWS::IAM::Role", "AWS::SQS::Queue", "AWS::DynamoDB::Table")
    ids = (each for kind in kinds for each in stack.of_type(kind))
    return next(each for each in ids if stack.arn(each) == arn)


def calls(stack: Stack) -> list[Call]:
    """Every call that a service makes for the stack."""
    return [
        *_polls(stack),
        *_logs(stack),
        *_images(stack),
        *_parameters(stack),
        *_schedules(stack),
        *_rules(stack),
        *_named_publishers(stack),
        *_encrypted_logs(stack),
    ]


def with_keys(call: Call, stack: Stack) -> Iterator[Call]:
    """What a call of SQS or DynamoDB makes of KMS, where a key of one's own is used.

    A service does not tell KMS on whose behalf it acts: Amazon SNS Developer Guide,
    "Key management", says so of EventBridge.

    Amazon DynamoDB Developer Guide, "Encryption at rest: how it works": to reach the
    data, the table's key is decrypted, with the rights of the caller.
    """
    # Numbers of messages are not encrypted.
    if call.action.startswith("sqs:") and call.action != "sqs:GetQueueAttributes":
        queues = stack.of_type("AWS::SQS::Queue")
        queue = queues.get(_named(call.resource, "AWS::SQS::Queue", stack) or "", {})
        sends = call.action == "sqs:SendMessage"
        actions = SENDER_KEY_ACTIONS if sends else RECEIVER_KEY_ACTIONS
        # A topic needs a statement of its own, as the page says.
        if (key := queue.get("KmsMasterKeyId")) and call.principal != SNS:
            entry = {"kms:EncryptionContext:aws:sqs:arn": call.resource}
            yield from _of_kms(call, actions, key, "sqs", entry)
    if call.action.startswith("dynamodb:"):
        table = stack.of_type("AWS::DynamoDB::Table")["JobTable"]
        key = table.get("SSESpecification", {}).get("KMSMasterKeyId")
        if key:
            yield from _of_kms(call, RECEIVER_KEY_ACTIONS, key, "dynamodb", {})
    for key in _keys_of_bucket(stack):
        actions = OBJECT_KEY_ACTIONS.get(call.action, ())
        yield from _of_kms(call, actions, key, "s3", {})


def assumptions(stack: Stack) -> list[Call]:
    """Every assumption of a role of the stack by the service that acts with it."""
    by_service = [
        *(
            ("lambda", function["Role"], {})
            for function in stack.of_type("AWS::Lambda::Function").values()
        ),
        *(
            ("scheduler", schedule["Target"]["RoleArn"], _source(DEFAULT_GROUP))
            for schedule in stack.of_type("AWS::Scheduler::Schedule").values()
        ),
        (
            "scheduler",
            stack.arn("SchedulerRole"),
            _source(stack.arn("ScheduleGroup")),
        ),
        *(
            ("ecs-tasks", task[role], _source(CLUSTER_SOURCE.replace("*", "task/some")))
            for task in stack.of_type("AWS::ECS::TaskDefinition").values()
            for role in ("TaskRoleArn", "ExecutionRoleArn")
            if role in task
        ),
        *(
            ("ec2", stack.arn(_by_name(role, stack)), {})
            for profile in stack.of_type("AWS::IAM::InstanceProfile").values()
            for role in profile["Roles"]
        ),
    ]
    return [
        Call(
            principal=f"{service}.amazonaws.com",
            action="sts:AssumeRole",
            resource=role,
            context=context,
            why="acts with the role",
        )
        for service, role, context in by_service
    ]


def _by_name(name: str, stack: Stack) -> str:
    roles = stack.of_type("AWS::IAM::Role")
    return next(each for each in roles if stack.name(each) == name)


def _source(arn: str) -> dict[str, str]:
    return {"aws:SourceArn": arn, "aws:SourceAccount": ACCOUNT_ID}


def _named(arn: str, kind: str, stack: Stack) -> str | None:
    return next((each for each in stack.of_type(kind) if stack.arn(each) == arn), None)


def _of_kms(
    call: Call, actions: tuple[str, ...], key: str, service: str, entry: dict[str, str]
) -> Iterator[Call]:
    via = {"kms:ViaService": f"{service}.{deployment.REGION}.amazonaws.com"}
    for action in actions:
        yield Call(
            principal=call.principal,
            action=action,
            resource=key,
            context=via | entry,
            why=f"{call.action} with a key of one's own",
        )


def _polls(stack: Stack) -> Iterator[Call]:
    functions = stack.of_type("AWS::Lambda::Function")
    for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values():
        function = next(
            properties
            for logical_id, properties in functions.items()
            if mapping["FunctionName"]
            in (stack.name(logical_id), stack.arn(logical_id))
        )
        arn = mapping["EventSourceArn"]
        is_stream = "/stream/" in arn
        for action in STREAM_ACTIONS if is_stream else EVENT_SOURCE_ACTIONS:
            yield Call(
                principal=role_in(function["Role"], stack),
                action=action,
                resource="*" if action == "dynamodb:ListStreams" else arn,
                why="the event source mapping",
            )


def _logs(stack: Stack) -> Iterator[Call]:
    writers = [
        (function["Role"], function["LoggingConfig"]["LogGroup"])
        for function in stack.of_type("AWS::Lambda::Function").values()
    ]
    for task in stack.of_type("AWS::ECS::TaskDefinition").values():
        for container in task["ContainerDefinitions"]:
            group = container["LogConfiguration"]["Options"]["awslogs-group"]
            writers.append((task["ExecutionRoleArn"], group))
    for role, group in writers:
        for action in LOG_ACTIONS:
            yield Call(
                principal=role_in(role, stack),
                action=action,
                resource=f"arn:aws:logs:{deployment.REGION}:{ACCOUNT_ID}"
                f":log-group:{group}:log-stream:some-stream",
                why="log lines",
            )


def _images(stack: Stack) -> Iterator[Call]:
    """What ECS does to load an image from the account's own registry."""
    for task in stack.of_type("AWS::ECS::TaskDefinition").values():
        for container in task["ContainerDefinitions"]:
            registry, _, rest = container["Image"].partition("/")
            repository = rest.partition(":")[0]
            here = f"arn:aws:ecr:{deployment.REGION}:{ACCOUNT_ID}"
            for action in IMAGE_ACTIONS if ".dkr.ecr." in registry else ():
                is_of_one = action != "ecr:GetAuthorizationToken"
                yield Call(
                    principal=role_in(task["ExecutionRoleArn"], stack),
                    action=action,
                    resource=f"{here}:repository/{repository}" if is_of_one else "*",
                    why="the image",
                )


def _keys_of_bucket(stack: Stack) -> Iterator[str]:
    for bucket in stack.of_type("AWS::S3::Bucket").values():
        for rule in bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]:
            default = rule["ServerSideEncryptionByDefault"]
            if "KMSMasterKeyID" in default:
                yield default["KMSMasterKeyID"]


def _parameters(stack: Stack) -> Iterator[Call]:
    """What a container does to get parameters that are no variable of it."""
    for task in stack.of_type("AWS::ECS::TaskDefinition").values():
        if "TaskRoleArn" in task:
            yield Call(
                principal=role_in(task["TaskRoleArn"], stack),
                action="s3:GetObject",
                resource=f"{stack.arn('ParameterBucket')}/90-days/some/job.json",
                why="its parameters",
            )


def _encrypted_logs(stack: Stack) -> Iterator[Call]:
    """What CloudWatch Logs itself does with a key of one's own."""
    for logical_id, group in stack.of_type("AWS::Logs::LogGroup").items():
        arn = stack.arn(logical_id).removesuffix(":*")
        for action in LOG_KEY_ACTIONS if "KmsKeyId" in group else ():
            yield Call(
                principal=f"logs.{deployment.REGION}.amazonaws.com",
                action=action,
                resource=group["KmsKeyId"],
                context={"kms:EncryptionContext:aws:logs:arn": arn},
                why=f"keeps the lines of {logical_id}",
            )


def _schedules(stack: Stack) -> Iterator[Call]:
    for schedule in stack.of_type("AWS::Scheduler::Schedule").values():
        target = schedule["Target"]
        role = role_in(target["RoleArn"], stack)
        dead_letters = target["DeadLetterConfig"]["Arn"]
        for arn in (target["Arn"], dead_letters):
            yield _delivery(role, arn, {}, "the schedule")
    # Those that people add: `headrace_client.schedules` names role and queues.
    for queue in ("RequestQueue", "RequestDeadLetterQueue"):
        yield _delivery("SchedulerRole", stack.arn(queue), {}, "a schedule of people's")


def _rules(stack: Stack) -> Iterator[Call]:
    for logical_id, rule in stack.of_type("AWS::Events::Rule").items():
        source = _source(stack.arn(logical_id))
        for target in rule["Targets"]:
            for arn in (target["Arn"], target["DeadLetterConfig"]["Arn"]):
                yield _delivery("events.amazonaws.com", arn, source, logical_id)


def _delivery(principal: str, arn: str, source: dict[str, str], why: str) -> Call:
    is_queue = arn.startswith("arn:aws:sqs:")
    action = "sqs:SendMessage" if is_queue else "lambda:InvokeFunction"
    return Call(
        principal=principal, action=action, resource=arn, context=source, why=why
    )


def publisher_sources(stack: Stack) -> list[str]:
    """The rules and topics that were named, of whichever account."""
    arns: Node = stack.given["PublisherSourceArns"]
    return list(filter(None, arns.split(",")))


def _named_publishers(stack: Stack) -> Iterator[Call]:
    for arn in publisher_sources(stack):
        _, _, service, _, account_id, _ = arn.split(":")
        if account_id != ACCOUNT_ID:
            continue
        source = _source(arn)
        if service == "sns":
            del source["aws:SourceAccount"]  # not documented to be told
        queue = stack.arn("RequestQueue")
        yield _delivery(f"{service}.amazonaws.com", queue, source, "a named publisher")
