"""The ports in memory: for tests, simulations and first steps without any AWS.

They keep the promises of `headrace.ports`, as the contract tests show, and share
their order of lists with the table. The request queue has no fake here: its adapter
works on the SQS of `headrace_local.memory_sdk`.
"""

from __future__ import annotations

from headrace_local.memory.announced import (
    CollectedEvents,
    CollectedLetters,
    OpenTasks,
)
from headrace_local.memory.catalogue import MemoryDefinitions
from headrace_local.memory.clock import VirtualClock
from headrace_local.memory.faults import Faults, Moment
from headrace_local.memory.ids import SeededIds
from headrace_local.memory.job_store import MemoryJobStore
from headrace_local.memory.launch_budget import MemoryLaunchBudget
from headrace_local.memory.parameters import MemoryParameters
from headrace_local.memory.signals import CollectedSignals, Signal
from headrace_local.memory.sweeps import MemorySweeps
from headrace_local.memory.waker import CollectedWaker

__all__ = [
    "CollectedEvents",
    "CollectedLetters",
    "CollectedSignals",
    "CollectedWaker",
    "Faults",
    "MemoryDefinitions",
    "MemoryJobStore",
    "MemoryLaunchBudget",
    "MemoryParameters",
    "MemorySweeps",
    "Moment",
    "OpenTasks",
    "SeededIds",
    "Signal",
    "VirtualClock",
]
