"""Starts tasks on a local ECS that really runs them, and waits for them, for tests."""

from __future__ import annotations

import psutil

from ecs_engine import CLUSTER, run_request
from processes import wait_for


def start(ecs, *command, environment=None, **changes):
    override = {"name": "main", "command": list(command)}
    if environment:
        pairs = [{"name": key, "value": each} for key, each in environment.items()]
        override["environment"] = pairs
    overrides = {"containerOverrides": [override]} if command else None
    answer = ecs.engine.run_task(run_request(overrides=overrides, **changes))
    return answer["tasks"][0]["taskArn"]


def task(ecs, arn):
    (found,) = ecs.engine.describe_tasks({"cluster": CLUSTER, "tasks": [arn]})["tasks"]
    return found


def ended(ecs, arn, seconds=15):
    def stopped():
        found = task(ecs, arn)
        return found if found["lastStatus"] == "STOPPED" else None

    found = wait_for(stopped, seconds=seconds)
    assert found is not None, task(ecs, arn)
    return found


def main_of(found):
    return next(each for each in found["containers"] if each["name"] == "main")


def running(ecs, arn):
    assert wait_for(lambda: task(ecs, arn)["lastStatus"] == "RUNNING", seconds=10)


def read(path, seconds=10):
    text = wait_for(lambda: path.exists() and path.read_text(), seconds=seconds)
    assert text
    return text


def gone(pid):
    return not psutil.pid_exists(pid) or (
        psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    )


def output(ecs):
    return "".join(
        each.read_text() for each in (ecs.state_directory / "logs").iterdir()
    )
