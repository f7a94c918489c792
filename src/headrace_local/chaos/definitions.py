"""The job definitions of a chaos run."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from headrace_local.chaos import work

PERSISTENT = "chaos-persistent"  # is tried again when it fails or is killed
ONCE = "chaos-once"  # is not
TIMEOUT_SECONDS = 60
TIMEOUT_SECONDS_MAX = 3600
_RETRIES: Mapping[str, Mapping[str, object]] = {
    PERSISTENT: {
        "attempts": 5,
        "rules": [
            {"onExitCode": "1|137", "action": "RETRY"},
            {"onReason": "*keeper process ended*", "action": "RETRY"},
        ],
        "backoff": {"initialSeconds": 1, "maxSeconds": 1},
    },
    ONCE: {},
}
_PARAMETERS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["seconds", "codes"],
    "properties": {
        "seconds": {"type": "number", "minimum": 0},
        "codes": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "integer", "minimum": 0, "maximum": 255},
        },
    },
}


def write_definitions(folder: Path, witness: Path) -> None:
    """Write the definitions as files that the register command takes.

    Args:
        folder: Where; it is made.
        witness: The folder in which tasks bear witness.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, retries in _RETRIES.items():
        definition = {
            "name": name,
            "owner": "chaos",
            "description": "Works for as long as it is told, and exits as it is told.",
            "taskDefinition": "headrace-job-example",
            "container": "main",
            "command": _command(witness),
            "parameters": _PARAMETERS,
            "timeoutSeconds": TIMEOUT_SECONDS,
            "timeoutSecondsMax": TIMEOUT_SECONDS_MAX,
            "retryStrategy": {"infrastructureRetries": 50, **retries},
        }
        # JSON is YAML.
        (folder / f"{name}.yaml").write_text(json.dumps(definition, indent=2))


def _command(witness: Path) -> list[str]:
    """Return a command without site packages: it starts in a third of the time."""
    program = [sys.executable, "-I", "-S", work.__file__, str(witness)]
    return [*program, "Ref::seconds", "Ref::codes"]
