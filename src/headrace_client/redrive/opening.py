"""The dead letters of a deployment that was found."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from headrace import identity
from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import ClientError
from headrace_client.redrive.checking import RequestChecker
from headrace_client.redrive.dropping import NoteTable
from headrace_client.redrive.logs import CloudWatchStageLog
from headrace_client.redrive.queues import QUEUES, Contents
from headrace_client.redrive.redrive import Redrive
from headrace_client.redrive.sqs import SqsDeadLetters, SqsLiveQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headrace.requests.request import SubmitRequest
    from headrace_client.connection import Connection
    from headrace_client.redrive.ports import LiveQueue, StageLog


def redrive_of(
    connection: Connection, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Redrive:
    """Return the dead letters of a deployment. Nothing is asked of AWS yet."""
    deployment = connection.deployment
    return Redrive(
        queues=_dead_letters(connection),
        live=_live(connection),
        logs=_logs(connection),
        notes=NoteTable(
            dynamodb=connection.clients.dynamodb,
            table_name=deployment.job_table_name,
            endpoint=connection.clients.endpoint("dynamodb"),
        ),
        checker=RequestChecker(
            catalogue=connection.catalogue(),
            job=connection.job_reader().get,
            job_id=partial(_job_id, deployment.deployment_id),
            now=now,
        ),
        now=now,
        deployment_id=deployment.deployment_id,
        who=partial(_who, connection),
    )


def _dead_letters(connection: Connection) -> Mapping[str, SqsDeadLetters]:
    clients = connection.clients
    return {
        name: SqsDeadLetters(
            sqs=clients.sqs, name=name, url=url, endpoint=clients.endpoint("sqs")
        )
        for name, url in connection.deployment.dead_letter_queue_urls.items()
    }


def _live(connection: Connection) -> Mapping[Contents, LiveQueue]:
    """Return where messages go back to: queues, and announce itself."""
    clients, deployment = connection.clients, connection.deployment
    urls = {
        Contents.REQUEST: deployment.request_queue_url,
        Contents.TASK_EVENT: deployment.task_event_queue_url,
    }
    live: dict[Contents, LiveQueue] = {
        contents: SqsLiveQueue(
            sqs=clients.sqs, url=url, endpoint=clients.endpoint("sqs")
        )
        for contents, url in urls.items()
        if url
    }
    if deployment.announce_function_name:
        live[Contents.ANNOUNCEMENT] = connection.announcer()
    return live


def _job_id(deployment_id: str, request: SubmitRequest) -> str:
    return identity.job_id(
        deployment_id=deployment_id,
        tenant=request.tenant,
        job_name=request.job_name,
        idempotency_key=request.idempotency_key,
    )


def _logs(connection: Connection) -> Mapping[str, StageLog]:
    """Return the log of each queue whose function is known; they are made when used."""
    deployment, clients = connection.deployment, connection.clients
    groups = {
        "dispatch": deployment.dispatch_log_group,
        "record": deployment.record_log_group,
    }
    return {
        queue.name: CloudWatchStageLog(
            logs=clients.of("logs"),
            group=group,
            events=queue.events,
            endpoint=clients.endpoint("logs"),
        )
        for queue in QUEUES
        if queue.events and (group := groups.get(queue.events[0].partition(".")[0]))
    }


def _who(connection: Connection) -> str:
    """Return the caller's ARN; where AWS does not tell, the name on this machine."""
    try:
        with speaking_to_aws("ask who you are"):
            arn: str = connection.clients.of("sts").get_caller_identity()["Arn"]
    except ClientError:
        return f"the user {getpass.getuser()} of some machine"
    return arn
