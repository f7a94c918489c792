"""Faults in functions."""

from __future__ import annotations

from template_faults.fault import Template, plants, properties
from template_rules import functions


@plants(
    "older runtime",
    broken=functions.runtime_and_architecture_are_pinned,
    where="DispatchFunction",
)
def older_runtime(template: Template) -> None:
    properties(template, "DispatchFunction")["Runtime"] = "python3.9"


@plants(
    "any architecture",
    broken=functions.runtime_and_architecture_are_pinned,
    where="RecordFunction",
)
def any_architecture(template: Template) -> None:
    del template["Globals"]["Function"]["Architectures"]


@plants(
    "no room for record",
    broken=functions.room_can_be_kept_for_functions,
    where="RecordFunction",
)
def crowded_out(template: Template) -> None:
    del properties(template, "RecordFunction")["ReservedConcurrentExecutions"]
