"""Gathers what happens in a chaos run, from the table and the local ECS."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from headrace_local.chaos.evidence import TERMINAL, Job, Sign, Task
from headrace_local.chaos.work import LOG_NAME

if TYPE_CHECKING:
    import httpx
    from mypy_boto3_dynamodb import DynamoDBClient


class TableReader:
    """Reads all job records and rejections again and again.

    Args:
        dynamodb: The deployment's DynamoDB.
        table_name: Its table.
    """

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table_name = table_name
        self._ends: dict[str, str] = {}
        self.jobs: Sequence[Job] = ()
        self.rejections: Mapping[str, str] = {}
        self.changed_ends: list[str] = []

    def read(self) -> None:
        """Read the whole table, and compare each end with the one seen before."""
        jobs, rejections = [], {}
        for item in self._items():
            kind, _, record_id = item["pk"].partition("#")
            if kind == "REJECTION":
                rejections[record_id] = str(item["reasonCode"])
            elif kind == "JOB":
                jobs.append(_job(item))
        self.jobs, self.rejections = jobs, rejections
        for job in jobs:
            end = f"{job.status} {job.reason_code} {job.token}"
            before = self._ends.get(job.job_id)
            if before is not None and end != before:
                self.changed_ends.append(f"job {job.job_id}: {before}, then {end}")
            if before is not None or job.status in TERMINAL:
                self._ends[job.job_id] = end

    def has(self, job_id: str) -> bool:
        """Whether a job was seen."""
        return any(each.job_id == job_id for each in self.jobs)

    @property
    def statuses(self) -> Counter[str]:
        """How many jobs have each status."""
        return Counter(each.status for each in self.jobs)

    @property
    def open(self) -> int:
        """How many jobs are not terminal."""
        return sum(each.status not in TERMINAL for each in self.jobs)

    def _items(self) -> list[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table_name, ConsistentRead=True
        )
        deserialize = TypeDeserializer().deserialize
        return [
            {name: deserialize(value) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        ]


class TaskReader:
    """Keeps the last state of every task that the local ECS ever showed.

    It remembers a stopped task for a minute, so a look every few seconds misses none.

    Args:
        http: Reaches the local ECS's control path.
    """

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._tasks: dict[str, Task] = {}

    def read(self) -> None:
        """Look once."""
        for view in self._http.get("tasks").raise_for_status().json()["tasks"]:
            task = _task(view)
            self._tasks[task.task_id] = task

    @property
    def tasks(self) -> Sequence[Task]:
        """Every task that was seen."""
        return list(self._tasks.values())

    @property
    def live(self) -> int:
        """How many were alive when last seen."""
        return sum(each.stopped_at is None for each in self._tasks.values())


def read_signs(folder: Path) -> Sequence[Sign]:
    """Return what the tasks wrote in their folder, oldest first."""
    log = folder / LOG_NAME
    if not log.exists():
        return ()
    return [Sign(**json.loads(line)) for line in log.read_text().splitlines()]


def _job(item: Mapping[str, Any]) -> Job:
    exit_code = item.get("exitCode")
    return Job(
        job_id=item["jobId"],
        status=item["status"],
        reason_code=item.get("reasonCode"),
        exit_code=None if exit_code is None else int(exit_code),
        attempt=int(item["attempt"]),
        launch=int(item["launch"]),
    )


def _task(view: Mapping[str, Any]) -> Task:
    (container,) = view["containers"]
    return Task(
        task_id=view["taskArn"].rpartition("/")[2],
        started_by=view["startedBy"],
        created_at=view["createdAt"],
        stopped_at=view.get("stoppedAt") if view["lastStatus"] == "STOPPED" else None,
        stop_code=view.get("stopCode"),
        exit_code=container.get("exitCode"),
    )
