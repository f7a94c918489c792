"""A faithful local Amazon ECS, for any SDK and any emulator.

It serves RunTask, StopTask, DescribeTasks and ListTasks with the semantics of AWS's
documentation, really runs the tasks, and sends their state changes to the SQS targets
of EventBridge rules. It is no scheduler of services, and no other part of ECS is its
own: that is passed through to the emulator behind it.

Served over HTTP, for any SDK or as a pytest fixture::

    with LocalEcs(upstream_url="http://127.0.0.1:4566") as ecs:
        client = boto3.client("ecs", endpoint_url=ecs.endpoint_url)
        ecs.faults.refuse_next(2, reason="RESOURCE:CPU")

Without an upstream it keeps clusters and task definitions itself (`ecs.catalogue`).
The engine alone, without HTTP, processes or real time::

    clock = VirtualClock()
    timers = Timers(clock)
    clock.attach(timers)
    runner = ScriptedRunner(timers, Fate(exit_code=0, run_seconds=5))
    engine = Engine(timers=timers, runner=runner, catalogue=catalogue)
    engine.run_task({"cluster": "jobs", "taskDefinition": "report"})
    clock.advance(5)

Engine methods take and return the wire's own JSON objects (times are epoch seconds) and
raise `EcsError(code, message, status, members)`, or `AnswerLostError` for an injected
lost answer. Events go to `engine.subscribe(listener)` as whole EventBridge envelopes.
"""

from __future__ import annotations

from headrace_local.ecs.catalogue import Catalogue, MemoryCatalogue
from headrace_local.ecs.clock import Clock, SystemClock, Timers, VirtualClock
from headrace_local.ecs.engine import Engine
from headrace_local.ecs.errors import AnswerLostError, EcsError
from headrace_local.ecs.faults import Fault, Faults
from headrace_local.ecs.local_ecs import LocalEcs
from headrace_local.ecs.runners.port import (
    ContainerReports,
    ContainerRunner,
    ContainerSpec,
    StopSignal,
)
from headrace_local.ecs.runners.scripted import Fate, ScriptedRunner
from headrace_local.ecs.settings import Capacity, EngineSettings, Lives, Pace

__all__ = [
    "AnswerLostError",
    "Capacity",
    "Catalogue",
    "Clock",
    "ContainerReports",
    "ContainerRunner",
    "ContainerSpec",
    "EcsError",
    "Engine",
    "EngineSettings",
    "Fate",
    "Fault",
    "Faults",
    "Lives",
    "LocalEcs",
    "MemoryCatalogue",
    "Pace",
    "ScriptedRunner",
    "StopSignal",
    "SystemClock",
    "Timers",
    "VirtualClock",
]
