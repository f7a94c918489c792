"""The program of docs/submit-from-python.md, run as its reader would run it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "submit-from-python.md"


def program() -> str:
    blocks = re.findall(
        r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    assert len(blocks) == 7
    return "\n".join(blocks)


def test_the_pages_program_submits_and_reads_the_answers(pipeline):
    done = subprocess.run(  # noqa: S603  # our own interpreter and page
        [sys.executable, "-W", "error", "-c", program()],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], "HOME": os.devnull, **pipeline.environment},
    )
    assert done.returncode == 0, done.stderr
    job, rejected, why, by_client = done.stdout.splitlines()
    assert job.startswith("SUCCEEDED OK 0 ")
    assert rejected == "REJECTED INVALID_PARAMETERS"
    assert why.startswith("parameters.name ")
    assert why.endswith(" 7")
    assert by_client.startswith("SUCCEEDED ")
