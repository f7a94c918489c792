"""The example jobs and the demo's requests, against the rules they are to show."""

from __future__ import annotations

import fnmatch
from pathlib import Path

import pytest

from builders import NOW
from definition_builders import a_resolved
from headrace.definitions.admission import admit
from headrace.definitions.definition import RegisteredDefinition
from headrace.definitions.registration import check_resolved
from headrace.errors import InvalidRequest
from headrace.requests.parsing import parse_request
from headrace_client.definition_files import read_definition_file
from headrace_local.demo_script import steps
from headrace_local.demo_steps import EndsAs, RejectedAs

JOBS = Path(__file__).parents[2] / "jobs"
FILES = sorted(JOBS.glob("*.yaml"))
STEPS = steps("run")
OF_THE_CATALOGUE = {"UNKNOWN_JOB", "IDEMPOTENCY_CONFLICT"}


def registered(name):
    return RegisteredDefinition(
        definition=read_definition_file(JOBS / f"{name}.yaml").definition,
        version=1,
        resolved=resolved_for(name),
        registered_at=NOW,
    )


def resolved_for(name):
    """The family that the template makes for a job of this class."""
    family = "untrusted-job-example" if name == "stranger" else "headrace-job-example"
    return a_resolved(family=family)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_job_can_be_registered(path):
    definition = read_definition_file(path).definition
    resolved = resolved_for(path.stem)
    check_resolved(definition, resolved)
    assert definition.name == path.stem
    assert definition.task_definition == resolved.family
    assert definition.description


def test_every_job_of_the_demo_has_an_example():
    wanted = {step.job_name for step in STEPS if step.job_name}
    assert wanted == {path.stem for path in FILES}


@pytest.mark.parametrize(
    "step",
    [step for step in STEPS if isinstance(step.expected, EndsAs)],
    ids=lambda step: step.name,
)
def test_the_demos_good_requests_are_admitted(step):
    request = parse_request(step.body, pinned_tenant=None, now=NOW)
    assert (request.job_name, request.idempotency_key) == (step.job_name, step.key)
    assert admit(request, registered(step.job_name), now=NOW)


def take_in(body):
    request = parse_request(body, pinned_tenant=None, now=NOW)
    return admit(request, registered("hello"), now=NOW)


@pytest.mark.parametrize(
    "step",
    [
        step
        for step in STEPS
        if isinstance(step.expected, RejectedAs)
        and step.expected.reason_code not in OF_THE_CATALOGUE
    ],
    ids=lambda step: step.name,
)
def test_the_demos_bad_requests_are_refused_as_it_says(step):
    with pytest.raises(InvalidRequest) as caught:
        take_in(step.body)
    rejection = caught.value.rejection
    assert (rejection.reason, rejection.field, rejection.value) == (
        step.expected.reason_code,
        step.expected.field,
        step.expected.value,
    )
    assert fnmatch.fnmatchcase(rejection.limit, step.expected.limit)
