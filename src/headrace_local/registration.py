"""Registers the project's job definitions with a running pipeline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from headrace_local.problems import RegistrationFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PROGRAM = "from headrace_client.cli import main; main()"


def register_jobs(folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Register every `*.yaml` in `folder`, all or none.

    By the command that everybody uses, in a process of its own: this one's
    environment may hold credentials and endpoints of a real account.

    Args:
        folder: the job definitions; none is fine.
        environment: the pipeline's (`Pipeline.environment`).

    Returns:
        What became of each, as `name vN`, new ones only.

    Raises:
        RegistrationFailedError: one is wrong.
    """
    files = sorted(map(str, folder.glob("*.yaml")))
    if not files:
        return []
    result = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-c", _PROGRAM, "register", "--json", *files],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.defpath, "HOME": os.devnull, **environment},
    )
    if result.returncode:
        raise RegistrationFailedError(
            "The job definitions were not registered.",
            why=_problem_in(result.stderr),
            advice=f"Correct the files in {folder}.",
        )
    return [
        f"{document['name']} v{document['version']}"
        for document in json.loads(result.stdout)
        if document["isNew"]
    ]


def _problem_in(output: str) -> str:
    """Return the problem a command printed, without its advice or its traceback."""
    lines = output.strip().splitlines() or ["It said nothing."]
    if lines[0].startswith("Traceback"):
        return lines[-1]
    kept = [line for line in lines if not line.startswith("Try: ")]
    return "\n".join(kept).removeprefix("Error: ")
