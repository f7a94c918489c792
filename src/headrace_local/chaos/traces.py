"""Saves what a person needs to find out why something is not accounted for."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headrace_local.chaos.evidence import Evidence
    from headrace_local.pipeline import Pipeline


def save_traces(pipeline: Pipeline, evidence: Evidence, folder: Path) -> None:
    """Write the evidence, every item of the table, and what the functions logged."""
    text = json.dumps(asdict(evidence), default=sorted, indent=1)
    (folder / "evidence.json").write_text(text)
    with (folder / "table.jsonl").open("w") as file:
        scan = pipeline.client("dynamodb").get_paginator("scan")
        for page in scan.paginate(TableName=pipeline.table_name):
            file.writelines(
                json.dumps(item, default=str) + "\n" for item in page["Items"]
            )
    logs = pipeline.client("logs").get_paginator("filter_log_events")
    for stage, group in pipeline.deployment.function_logs.items():
        with (folder / f"{stage}.log").open("w") as file:
            for page in logs.paginate(logGroupName=group):
                file.writelines(
                    f"{each['message'].rstrip()}\n" for each in page["events"]
                )
