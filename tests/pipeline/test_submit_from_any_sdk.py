"""The publisher in JavaScript, run by Node with AWS's own SDK, and its page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from headrace.identity import job_id

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "submit-from-any-sdk.md").read_text()
FOLDER = PROJECT / "examples" / "publish-from-javascript"
PROGRAM = (FOLDER / "publish.mjs").read_text()
BLOCKS = re.findall(r"^```js\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
VECTORS = re.findall(
    r"^\| `(.*)` \| `(.*)` \| `(.*)` \| `(.*)` \| `(.*)` \|$", PAGE, re.MULTILINE
)


@pytest.mark.skipif(
    not (FOLDER / "node_modules" / ".installed").exists() or not shutil.which("node"),
    reason="needs Node, and the SDK that `make test` installs where npm is",
)
def test_a_publisher_with_nothing_of_ours_learns_how_its_requests_ended(pipeline):
    done = subprocess.run(
        ["node", "publish.mjs", "Grace"],  # noqa: S607  # whichever comes first
        cwd=FOLDER,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={"PATH": os.environ["PATH"], "HOME": os.devnull, **pipeline.environment},
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "SUCCEEDED OK 0",
        'REJECTED INVALID_PARAMETERS parameters.name type "string" 7',
    ]


@pytest.mark.parametrize("block", BLOCKS)
def test_the_page_shows_what_the_program_does(block):
    assert block in PROGRAM


@pytest.mark.parametrize(("deployment", "tenant", "name", "key", "expected"), VECTORS)
def test_the_pages_job_ids_are_ours(deployment, tenant, name, key, expected):
    assert expected == job_id(
        deployment_id=deployment, tenant=tenant, job_name=name, idempotency_key=key
    )


def test_the_page_has_what_these_tests_look_at():
    assert len(BLOCKS) == 3
    assert len(VECTORS) == 3
