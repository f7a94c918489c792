"""A shell for `headrace`, whose commands meet a deployment inside moto."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import boto3
from click.testing import CliRunner

from builders import DEPLOYMENT_ID, REGION, a_job, an_outcome
from definition_builders import a_registered
from headrace.aws.definition_table import DefinitionTable
from headrace.aws.job_table import JobTable
from headrace.jobs.job import JobStatus
from headrace_client.cli.root import root
from tables import a_dynamodb_client, a_table


class Shell:
    """A shell whose commands meet a deployment inside moto."""

    def __init__(self):
        self.dynamodb = a_dynamodb_client()
        self.sqs = boto3.client("sqs", region_name=REGION)
        self.ecs = boto3.client("ecs", region_name=REGION)
        self.queue_url = self.sqs.create_queue(QueueName="requests")["QueueUrl"]
        self.table_name = a_table(self.dynamodb)
        self.jobs = JobTable(self.dynamodb, self.table_name)
        self.variables = {
            "AWS_REGION": REGION,
            "HEADRACE_REQUEST_QUEUE_URL": self.queue_url,
            "HEADRACE_JOB_TABLE_NAME": self.table_name,
            "HEADRACE_DEPLOYMENT_ID": DEPLOYMENT_ID,
        }

    def run(self, *arguments, **changes):
        return CliRunner().invoke(
            root,
            list(arguments),
            env=self.variables | {"COLUMNS": "80"} | changes.pop("variables", {}),
            **changes,
        )

    def know(self, name, **changes):
        """Register a definition that takes any parameters."""
        changes = {"command": None, "parameters": {"type": "object"}} | changes
        DefinitionTable(self.dynamodb, self.table_name).register(
            a_registered(name=name, **changes)
        )

    def requests(self):
        answer = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def accept_recent(self, *jobs):
        """Store jobs as if they had been accepted just now."""
        for job in jobs:
            self.jobs.accept(replace(job, accepted_at=datetime.now(UTC)))


def a_failed_job(**changes):
    outcome = an_outcome(
        JobStatus.FAILED,
        summary="Container 'main' exited with 1.",
        advice="Look at the task's log.",
    )
    return a_job(status=JobStatus.FAILED, outcome=outcome, **changes)
