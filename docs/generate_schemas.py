"""Writes docs/schemas/*.json from the code that reads what they describe.

Run it without arguments. A test fails when a file is not what this would write.
"""

# ruff: noqa: INP001  # a script beside the pages it writes

from __future__ import annotations

import json
from pathlib import Path

from headrace_client.event_schema import event_schema
from headrace_client.schemas import DIALECT, definition_schema, request_schema

FOLDER = Path(__file__).with_name("schemas")


def files() -> dict[Path, str]:
    """Return each file's text."""
    schemas = {
        "request": request_schema(),
        "definition": definition_schema(),
        "job-state-change": event_schema(DIALECT),
    }
    return {
        FOLDER / f"{name}.schema.json": json.dumps(schema, indent=2) + "\n"
        for name, schema in schemas.items()
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
