"""The calls of people and publishers: recorded while the client does what it can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from access.authorised import calls_of
from access.call import Call, distinct
from access.deployed import STACK_NAME, Stack
from access.functions import a_finished_world
from builders import NOW, a_job
from expanded_template import source
from headrace.aws.job_table import JobTable
from headrace.jobs.job import JobStatus, WaitReason
from headrace.settings import DispatchSettings
from headrace_client.client import Headrace
from headrace_client.connection import Connection, outputs_of
from headrace_client.definitions import Definitions
from headrace_client.deployment import Deployment
from headrace_client.errors import NotFoundError
from headrace_client.explaining.causes import Cause
from headrace_client.exporting import export_snapshot
from headrace_client.images import ImageName
from headrace_client.redrive import redrive_of
from headrace_client.registration import Registrar
from headrace_client.schedules import Schedules
from headrace_client.submission import NewJob
from headrace_local.ecs.catalogue import MemoryCatalogue
from headrace_local.memory import VirtualClock
from headrace_local.memory_sdk import MemoryDynamoDb
from headrace_local.simulation import deployment

if TYPE_CHECKING:
    from headrace_client.aws_clients import AwsClients

# What a person does, and the policies that docs/permissions.md tells to attach.
POLICIES: dict[str, tuple[str, ...]] = {
    "submit": ("PublisherPolicy",),
    "look": ("ReaderPolicy",),
    "cancel": ("ReaderPolicy", "PublisherPolicy"),
    "register": ("RegistrarPolicy",),
    # Whoever does so looks as well, with the ReaderPolicy.
    "operate": ("OperatorPolicy",),
    "schedule": ("SchedulerPolicy",),
}
IMAGE = ImageName.parse(
    f"{deployment.ACCOUNT_ID}.dkr.ecr.{deployment.REGION}.amazonaws.com/team/report:1"
)
ONE_DAY = {"date": "2026-11-22"}
DEFINITION = """\
name: report
taskDefinition: headrace-job-once
container: main
owner: team-reports
timeoutSeconds: {seconds}
"""


class _Recorder:
    """A low-level client whose calls are noted before they are made."""

    def __init__(self, service: str, client: object, note: Callable[..., None]) -> None:
        self._service = service
        self._client = client
        self._note = note

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        act = getattr(self._client, operation)

        def call(**request: Any) -> Any:
            self._note(self._service, operation, request)
            return act(**request)

        return call


class _TaskDefinitions:
    """ECS, of which the client makes one call."""

    def __init__(self) -> None:
        self._catalogue = MemoryCatalogue(
            region=deployment.REGION, account_id=deployment.ACCOUNT_ID
        )
        self._catalogue.register_task_definition(deployment.task_definition_of("once"))

    def describe_task_definition(self, **request: Any) -> Any:
        return self._catalogue.describe_task_definition(request)


class _Stacks:
    """CloudFormation, which knows one stack: this template's."""

    def describe_stacks(self, **_: Any) -> Any:
        stack = Stack()
        outputs = [
            {"OutputKey": name, "OutputValue": stack.concrete(output["Value"])}
            for name, output in source()["Outputs"].items()
            if "Condition" not in output
        ]
        return {"Stacks": [{"Outputs": outputs}]}


class _Functions:
    """Lambda, which knows dispatch's settings, and runs announce."""

    def invoke(self, **_: Any) -> Any:
        return {"Payload": _Answer()}

    def get_function_configuration(self, **_: Any) -> Any:
        variables = {
            name: deployment.SETTINGS[name] for name in DispatchSettings.variables()
        }
        return {"Environment": {"Variables": variables}}


class _Answer:
    """The payload of an invocation."""

    def read(self) -> bytes:
        return b'{"published": 1, "missing": [], "failed": []}'


class _Clients:
    """The client's AWS clients, over a deployment in memory."""

    def __init__(self, note: Callable[..., None]) -> None:
        world = a_finished_world()
        self._note = note
        self.dynamodb = _Recorder("dynamodb", world.aws.dynamodb, note)
        self.sqs = _Recorder("sqs", _Queues(), note)
        self.ecs = _Recorder("ecs", _TaskDefinitions(), note)
        self.cloudformation = _Recorder("cloudformation", _Stacks(), note)
        self._others: dict[str, Any] = {
            "ecr": _Recorder("ecr", _Images(), note),
            "lambda": _Recorder("lambda", _Functions(), note),
            "logs": _Recorder("logs", _Logs(), note),
            "sts": _Recorder("sts", _Identity(), note),
            "scheduler": _Paging(_Recorder("scheduler", _Schedules(), note)),
            "events": _Paging(_Recorder("events", _Rules(), note)),
        }

    def of(self, service: str) -> Any:
        return self._others[service]

    def take_table(self, client: MemoryDynamoDb) -> None:
        self.dynamodb = _Recorder("dynamodb", client, self._note)

    def ecr_in(self, _region: str | None) -> Any:
        return self._others["ecr"]

    def logs_in(self, _region: str | None) -> Any:
        return self._others["logs"]

    def endpoint(self, _service: str) -> None:
        return None


class _Queues:
    """SQS, whose dead-letter queues have two messages each."""

    def __init__(self) -> None:
        self._received: set[str] = set()

    def send_message(self, **_: Any) -> Any:
        return {"MessageId": "message-1"}

    def send_message_batch(self, **_: Any) -> Any:
        return {"Successful": [{"Id": "0", "MessageId": "message-1"}]}

    def receive_message(self, *, QueueUrl: str, **_: Any) -> Any:  # noqa: N803 - AWS's
        if QueueUrl in self._received:
            return {}
        self._received.add(QueueUrl)
        system = {"SentTimestamp": "0", "ApproximateReceiveCount": "9"}
        return {
            "Messages": [
                {
                    "MessageId": each,
                    "ReceiptHandle": each,
                    "Body": "{}",
                    "Attributes": system,
                }
                for each in ("one", "another")
            ]
        }

    def change_message_visibility_batch(self, **_: Any) -> Any:
        return {}

    def delete_message(self, **_: Any) -> Any:
        return {}

    def get_queue_attributes(self, **request: Any) -> Any:
        is_empty = request["QueueUrl"] == Stack().concrete({"Ref": "RequestQueue"})
        numbers = dict.fromkeys(request["AttributeNames"], "0" if is_empty else "2")
        return {"Attributes": numbers | {"QueueArn": Stack().arn("RequestQueue")}}


class _Logs:
    """CloudWatch Logs, which nobody has written to."""

    def filter_log_events(self, **_: Any) -> Any:
        return {"events": []}

    def get_log_events(self, **_: Any) -> Any:
        return {"events": [], "nextForwardToken": "f/0"}


class _Identity:
    def get_caller_identity(self) -> Any:
        return {"Arn": f"arn:aws:iam::{deployment.ACCOUNT_ID}:user/ada"}


class _Schedules:
    """EventBridge Scheduler with one schedule, whatever is asked for."""

    def list_schedules(self, **_: Any) -> Any:
        queue = {"Arn": Stack().arn("RequestQueue")}
        group = Stack().name("ScheduleGroup")
        return {"Schedules": [{"Name": "s", "GroupName": group, "Target": queue}]}

    def get_schedule(self, **request: Any) -> Any:
        return {
            "Name": request["Name"],
            "Arn": f"arn:aws:scheduler:::schedule/{request['Name']}",
            "ScheduleExpression": "rate(1 day)",
            "State": "ENABLED",
            "Target": {"Input": "{}"},
        }

    def create_schedule(self, **request: Any) -> Any:
        return {"ScheduleArn": f"arn:aws:scheduler:::schedule/{request['Name']}"}

    def delete_schedule(self, **_: Any) -> Any:
        return {}


class _Rules:
    """EventBridge without a rule for the queue."""

    def list_rule_names_by_target(self, **_: Any) -> Any:
        return {"RuleNames": []}


class _Paging:
    """A client whose paginators make one call for one page."""

    def __init__(self, client: _Recorder) -> None:
        self._client = client

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    def get_paginator(self, operation: str) -> Any:
        def paginate(**request: Any) -> Iterator[Any]:
            request.pop("PaginationConfig", None)
            yield getattr(self._client, operation)(**request)

        return SimpleNamespace(paginate=paginate)


@cache
def recorded() -> dict[str, tuple[Call, ...]]:
    """The distinct calls for each thing that people do."""
    deeds: dict[str, Callable[[AwsClients], None]] = {
        "submit": _submit,
        "look": _look,
        "cancel": _cancel,
        "register": _register,
        "operate": _operate,
        "schedule": _keep_schedules,
    }
    return {who: _calls(who, deed) for who, deed in deeds.items()}


def _calls(who: str, deed: Callable[[Any], None]) -> tuple[Call, ...]:
    heard: list[Call] = []

    def note(service: str, operation: str, request: dict[str, Any]) -> None:
        heard.extend(calls_of(who, service, operation, request))

    deed(_Clients(note))
    return tuple(distinct(heard))


def _connection(clients: Any) -> Connection:
    """Find the deployment as `--stack` does."""
    outputs = outputs_of(STACK_NAME, clients)
    deployment_found = Deployment.from_outputs(STACK_NAME, outputs)
    return Connection(deployment_found, clients, STACK_NAME)


def _without_stack(clients: Any) -> Connection:
    """Find it as variables do: nobody is asked."""
    outputs = {
        each["OutputKey"]: each["OutputValue"]
        for each in _Stacks().describe_stacks()["Stacks"][0]["Outputs"]
    }
    return Connection(Deployment.from_outputs(STACK_NAME, outputs), clients)


def _a_job_id() -> str:
    return next(iter(a_finished_world().jobs))


def _submit(clients: Any) -> None:
    client = Headrace.over(_without_stack(clients))
    client.submit("once", parameters=ONE_DAY, check=False)
    list(client.submit_many([NewJob("once", ONE_DAY)], check=False))


def _look(clients: Any) -> None:
    tenant = a_finished_world().jobs[_a_job_id()].tenant
    client = Headrace.over(_connection(clients), tenant=tenant)
    client.get(_a_job_id())
    for message_id in a_finished_world().traffic.sent:
        _if_there(partial(client.rejection, message_id))
    assert list(client.list())
    assert list(client.list(status="REJECTED"))
    assert not list(client.list(correlation_id="order-7"))
    _explain(client)
    _read_logs(_connection(clients))
    assert not _connection(clients).exactness().images.digests(IMAGE)
    assert list(client.list(job_name=a_finished_world().jobs[_a_job_id()].job_name))
    _connection(clients).catalogue().active(["once", "twice"])
    assert export_snapshot(_connection(clients), older=[("twice", 1)]).definitions
    Definitions.over(_connection(clients)).list()
    assert Definitions.over(_connection(clients)).versions("once")


def _explain(client: Headrace) -> None:
    """Explain a job that ended, one that waits in the backlog, and none."""
    job = client.get(_a_job_id())
    assert client.explain(job.job_id).status == job.status
    waiting = replace(
        job,
        status=JobStatus.RUNNABLE,
        wait_reason=WaitReason.LAUNCH_BUDGET,
        outcome=None,
        is_ready=True,
        launch_number=0,
    )
    explained = client.explain_job(waiting)
    assert explained.cause in {Cause.BACKLOG, Cause.LAUNCH_BUDGET}
    assert client.explain("a" * 26).cause is Cause.NO_RECORD


def _read_logs(connection: Connection) -> None:
    """Read the groups that the stack knows of, by task definitions that name them."""
    reader = connection.inspector().log_reader
    assert reader.task_definitions.described("headrace-job-once") is not None
    parameters = source()["Parameters"]
    prefixes = ("JobFamilyPrefix", "UntrustedJobFamilyPrefix")
    families = [f"{parameters[name]['Default']}once" for name in prefixes]
    for group in (
        Stack().name("ExampleLogGroup"),
        *(f"/ecs/{each}" for each in families),
    ):
        page = reader.streams.page(
            group, "some-stream", region=None, cursor=None, since_at=None
        )
        assert page is not None


class _Images:
    """ECR without an image."""

    def batch_get_image(self, **_: Any) -> Any:
        return {"images": []}


def _cancel(clients: Any) -> None:
    tenant = a_finished_world().jobs[_a_job_id()].tenant
    client = Headrace.over(_connection(clients), tenant=tenant)
    client.cancel(_a_job_id())
    # Who may read definitions as well has submissions checked by them.
    client.submit("once", parameters=ONE_DAY)
    client.submit("once", parameters=ONE_DAY, job_version=1)
    assert client.unchecked_because is None


def _register(clients: Any) -> None:
    """Register a definition, again, changed, and go back to what it was."""
    clients.take_table(_a_table_with_a_job_that_waits())
    registrar = Registrar.over(_connection(clients))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert now.tzinfo is UTC
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.yaml"
        for seconds in (60, 60, 90):
            path.write_text(DEFINITION.format(seconds=seconds))
            registrar.register([path])
    definitions = Definitions.over(_connection(clients))
    assert [each.definition.name for each in definitions.list()] == ["report"]
    assert definitions.activate("report", 1).before == definitions.versions("report")[1]


def _keep_schedules(clients: Any) -> None:
    schedules = Schedules.over(_connection(clients))
    date = {"date": "2026-11-22"}
    schedules.add("nightly", "once", "rate(1 day)", parameters=date)
    schedules = Schedules.over(_connection(clients))  # it has read no version yet
    schedules.add("always", "once", "rate(1 day)", parameters=date, job_version=1)
    assert schedules.list()
    schedules.remove("nightly")


def _a_table_with_a_job_that_waits() -> MemoryDynamoDb:
    """Return a table of its own, as the world's has finished jobs only."""
    client = MemoryDynamoDb(VirtualClock(NOW))
    client.create_table(**deployment.figures().table)
    job = a_job(status=JobStatus.RUNNABLE, next_at=NOW)
    JobTable(client, deployment.TABLE_NAME).accept(job)
    return client


def _if_there(look: Callable[[], object]) -> None:
    try:
        look()
    except NotFoundError:
        return


def _operate(clients: Any) -> None:
    """Look at all dead letters, send some back, drop the others, list those."""
    redrive = redrive_of(_without_stack(clients))
    with redrive.hold() as hold:
        redrive.left_beside(list(hold))
        examined, _ = redrive.examine(hold)
        for each in examined:
            if (
                each.letter.message_id == "one"
                and each.letter.queue_name != "schedules"
            ):
                redrive.send_back(hold, each.letter)
            elif each.letter.queue_name != "task-events":
                redrive.drop(hold, each, why="a test")
    assert redrive.dropped()
    connection = _without_stack(clients)
    connection.announcer().replay([_a_job_id()])
