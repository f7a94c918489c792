"""Faults to plant into a copy of template.yaml, each with the rule that finds it."""

from __future__ import annotations

# Importing a module lists its faults.
from template_faults import (
    access,
    alarms,
    buckets,
    deliveries,
    functions,
    keeping,
    queues,
)
from template_faults.fault import FAULTS

__all__ = [
    "FAULTS",
    "access",
    "alarms",
    "buckets",
    "deliveries",
    "functions",
    "keeping",
    "queues",
]
