"""The pages name every variable that a container gets, and no others."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from builders import NOW, a_job, a_placement, a_request_body
from definition_builders import a_registered
from headrace.definitions.admission import admit
from headrace.jobs.job import JobStatus
from headrace.launches.orders import order_for
from headrace.requests.parsing import parse_request
from headrace.requests.request import SpilledParameters

DOCS = Path(__file__).parents[2] / "docs"
SECTION = "## What the container gets\n"

IN_S3 = SpilledParameters(uri="s3://bucket/key", sha256="0" * 64, size_bytes=5000)


def given(spilled=None):
    """The names of the variables of a job that has everything."""
    registered = a_registered()
    request = parse_request(a_request_body(), pinned_tenant=None, now=NOW)
    request = replace(request, spilled=spilled)
    order = order_for(
        a_job(status=JobStatus.STARTING, correlation_id="id", traceparent="trace"),
        request=request,
        registered=registered,
        terms=admit(request, registered, now=NOW),
        placement=a_placement(),
    )
    (container,) = order.request["overrides"]["containerOverrides"]
    return [variable["name"] for variable in container["environment"]]


@pytest.mark.parametrize("name", ["definition.md", "container-contract.md"])
def test_every_variable_that_a_container_gets_is_explained(name):
    page = (DOCS / name).read_text()
    section = page.partition(SECTION)[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `([A-Z0-9_]+)`", section, re.MULTILINE)) == sorted(
        {*given(), *given(IN_S3)}
    )
