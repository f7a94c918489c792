"""Where parameters travel: what stays in the overrides, what S3 takes, what is refused.

The sizes here are ECS's own count of a launch with the longest numbers.
"""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from builders import ACCOUNT_ID, NOW, a_job, a_placement, a_request_body
from definition_builders import a_registered, a_resolved
from expanded_template import of_type
from headrace import limits
from headrace.definitions.admission import admit
from headrace.errors import InvalidRequest
from headrace.jobs.job import JobStatus
from headrace.launches.fitting import INLINE_BYTES_MAX, Fitting
from headrace.launches.launch import OVERRIDES_CHARACTERS_MAX
from headrace.launches.orders import order_for
from headrace.launches.parameter_objects import KEPT_DAYS
from headrace.requests.parsing import parse_request, restored
from headrace.requests.rejection import Reason

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/headrace/jobs/report"
WITH_ROLE = a_resolved(task_role_arn=ROLE)
ANYTHING = {
    "type": "object",
    "properties": {"date": {"default": "today"}, "text": {"default": ""}},
}
LAST = {"attempt": 99, "launch_number": 99_999}


def fit(registered, *, retention_days=35, **changes: Any):
    request = parse_request(a_request_body(**changes), pinned_tenant=None, now=NOW)
    return Fitting(
        job=a_job(status=JobStatus.RUNNABLE),
        registered=registered,
        terms=admit(request, registered, now=NOW),
        placement=a_placement(),
        retention_days=retention_days,
        uri_of=lambda key: f"s3://bucket/{key}",
    ).fitted(request)


def refusal(registered, **changes: Any):
    with pytest.raises(InvalidRequest) as caught:
        fit(registered, **changes)
    assert caught.value.rejection.reason is Reason.OVERRIDES_TOO_LARGE
    return caught.value.rejection


def order_of(request, registered, **changes):
    return order_for(
        replace(a_job(status=JobStatus.STARTING), **changes),
        request=request,
        registered=registered,
        terms=admit(request, registered, now=NOW),
        placement=a_placement(),
    )


def variables_of(request, registered):
    order = order_of(request, registered, **LAST)
    (container,) = order.request["overrides"]["containerOverrides"]
    return {each["name"]: each["value"] for each in container["environment"]}


def a_text_entry(*, resolved=WITH_ROLE, command=("report",), **changes):
    command = list(command) if command is not None else None
    return a_registered(
        parameters=ANYTHING, command=command, resolved=resolved, **changes
    )


def quoted(characters, registered):
    """Return text that makes overrides of so many characters, and few parameters.

    A quotation mark takes one byte of parameters' JSON four times over in overrides.
    """
    empty = parse_request(
        a_request_body(parameters={"t": ""}), pinned_tenant=None, now=NOW
    )
    used = order_of(empty, registered, **LAST).overrides_characters
    marks, rest = divmod(characters - used, 4)
    return '"' * marks + "x" * rest


def bytes_of(parameters):
    return len(
        json.dumps(parameters, separators=(",", ":"), ensure_ascii=False).encode()
    )


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_up_to_4_kilobytes_parameters_stay_in_the_overrides(letter):
    entry = a_text_entry()
    room = (INLINE_BYTES_MAX - bytes_of({"t": ""})) // len(letter.encode())
    text = letter * room + "x" * (
        INLINE_BYTES_MAX - bytes_of({"t": ""}) - room * len(letter.encode())
    )
    assert bytes_of({"t": text}) == INLINE_BYTES_MAX

    within = fit(entry, parameters={"t": text})
    beyond = fit(entry, parameters={"t": text + "x"})

    assert within.to_keep is None
    assert json.loads(variables_of(within.request, entry)["JOB_PARAMETERS"]) == {
        "t": text
    }
    assert beyond.to_keep is not None
    assert json.loads(beyond.to_keep.content) == {"t": text + "x"}


@pytest.mark.parametrize(
    ("characters", "is_inline"), [(8191, True), (8192, True), (8193, False)]
)
def test_few_parameters_stay_while_their_overrides_fit_ecs(characters, is_inline):
    entry = a_text_entry()
    text = quoted(characters, entry)
    assert bytes_of({"t": text}) <= INLINE_BYTES_MAX

    found = fit(entry, parameters={"t": text})

    assert (found.to_keep is None) is is_inline
    if is_inline:
        order = order_of(found.request, entry, **LAST)
        assert order.overrides_characters == characters
        assert characters <= OVERRIDES_CHARACTERS_MAX


def test_spilled_parameters_are_named_by_address_and_checksum():
    entry = a_text_entry(command=["report", "Ref::date"])
    parameters = {"date": "2026-11-22", "rows": ["x" * 50] * 1000}

    found = fit(entry, parameters=parameters)

    variables = variables_of(found.request, entry)
    content = found.to_keep.content
    digest = sha256(content).hexdigest()
    assert json.loads(content) == parameters
    assert variables["JOB_PARAMETERS_SHA256"] == digest == found.to_keep.sha256
    assert variables["JOB_PARAMETERS_S3_URI"] == f"s3://bucket/{found.to_keep.key}"
    assert "JOB_PARAMETERS" not in variables
    assert found.to_keep.key == (f"90-days/report/{a_job().job_id}/{digest}.json")
    order = order_of(found.request, entry)
    (container,) = order.request["overrides"]["containerOverrides"]
    assert list(container["command"]) == ["report", "2026-11-22"]


def test_a_spilled_request_is_small_and_comes_back_as_it_was_stored():
    entry = a_text_entry(command=["report", "Ref::date"])
    parameters = {"date": "2026-11-22", "rows": ["x" * 50] * 1000}

    found = fit(entry, parameters=parameters, labels={"a": "b"}, tenant="acme")

    again = restored(found.request.body_json)
    assert len(found.request.body_json) < 600
    assert again.parameters == {"date": "2026-11-22"}
    assert again.spilled == found.request.spilled
    assert again.spilled.size_bytes == len(found.to_keep.content)
    assert again.body_json == found.request.body_json
    assert order_of(again, entry) == order_of(found.request, entry)


def test_the_same_request_has_the_same_object_and_another_one_has_another():
    entry = a_text_entry()
    first, again, other = (
        fit(entry, parameters={"t": "x" * size}).to_keep for size in (5000, 5000, 5001)
    )
    assert first == again
    assert first.key != other.key
    assert first.key.rpartition("/")[0] == other.key.rpartition("/")[0]


def test_nobody_can_send_a_reference_in_place_of_parameters():
    reference = {"uri": "s3://other/secret", "sha256": "0" * 64, "bytes": 1}
    body = a_request_body(parametersInS3=reference)

    with pytest.raises(InvalidRequest) as caught:
        parse_request(body, pinned_tenant=None, now=NOW)

    assert caught.value.rejection.reason is Reason.UNKNOWN_FIELD


def test_without_a_task_role_parameters_stay_as_long_as_they_fit():
    entry = a_text_entry(resolved=a_resolved())
    text = "x" * 6000

    found = fit(entry, parameters={"t": text})

    assert found.to_keep is None
    assert json.loads(variables_of(found.request, entry)["JOB_PARAMETERS"])["t"] == text


@pytest.mark.parametrize(
    ("characters", "is_taken"), [(8191, True), (8192, True), (8193, False)]
)
def test_without_a_task_role_ecs_limit_is_the_end(characters, is_taken):
    entry = a_text_entry(resolved=a_resolved())
    parameters = {"t": quoted(characters, entry)}

    if is_taken:
        assert fit(entry, parameters=parameters).to_keep is None
        return
    told = refusal(entry, parameters=parameters)
    assert (told.field, told.value) == ("parameters", "8193 characters")
    assert "headrace-job-report has no task role" in told.message
    assert "JobParametersPolicy" in told.message


def test_an_untrusted_job_is_told_that_it_never_can():
    resolved = a_resolved(family="untrusted-job-report")
    entry = a_text_entry(
        resolved=resolved,
        isolation="untrusted",
        taskDefinition="untrusted-job-report",
    )

    told = refusal(entry, parameters={"t": "x" * 9000})

    assert "the job is untrusted" in told.message
    assert "send fewer" in told.message


def test_a_parameter_that_the_command_takes_whole_is_named():
    entry = a_text_entry(command=["report", "Ref::date", "Ref::text"])
    parameters = {"date": "2026-11-22", "text": "x" * 8000}

    told = refusal(entry, parameters=parameters)

    assert told.field == "parameters.text"
    assert "Ref::text, 8002 characters" in told.message


def test_a_command_that_is_too_long_by_itself_is_named():
    entry = a_text_entry(command=["\x01" * 4000])

    told = refusal(entry, parameters={})

    assert told.field == "jobName"
    assert "the command of report is too long by itself" in told.message


YEAR = 365


@pytest.mark.parametrize(
    ("definition", "request_changes", "retention_days", "kept"),
    [
        ({}, {}, 35, "90-days"),
        ({}, {"scheduledAt": "2026-12-01T00:00:00Z"}, 35, "450-days"),
        ({}, {}, 365, "450-days"),
        ({}, {"startDeadlineSeconds": YEAR * 86_400}, 35, "450-days"),
        ({}, {"scheduledAt": "2026-12-01T00:00:00Z"}, 3650, "5600-days"),
        (
            {
                "timeoutSeconds": limits.TIMEOUT_SECONDS_MAX,
                "retryStrategy": {"attempts": 10, "infrastructureRetries": 50},
            },
            {},
            35,
            "1800-days",
        ),
    ],
)
def test_objects_outlive_the_job_and_its_record(
    definition, request_changes, retention_days, kept
):
    entry = a_text_entry(**definition)

    found = fit(
        entry,
        parameters={"t": "x" * 5000},
        retention_days=retention_days,
        **request_changes,
    )

    assert found.to_keep.key.partition("/")[0] == kept


def test_the_longest_class_is_longer_than_any_job_with_its_record():
    launches = limits.ATTEMPTS_MAX + limits.INFRASTRUCTURE_RETRIES_MAX
    launches += limits.MEMORY_RUNGS_MAX
    seconds = (
        limits.TIMEOUT_SECONDS_MAX
        + limits.START_TIMEOUT_SECONDS_MAX
        + limits.BACKOFF_SECONDS_MAX
    )
    waits = limits.SCHEDULED_AHEAD_DAYS_MAX + limits.START_DEADLINE_SECONDS_MAX / 86_400
    assert waits + launches * seconds / 86_400 + 3650 <= KEPT_DAYS[-1]


def test_the_bucket_has_a_rule_for_each_class_and_no_other():
    (bucket,) = of_type("AWS::S3::Bucket").values()
    rules = bucket["LifecycleConfiguration"]["Rules"]

    assert [(each["Prefix"], each["ExpirationInDays"]) for each in rules] == [
        (f"{days}-days/", days) for days in KEPT_DAYS
    ]
    assert {each["Status"] for each in rules} == {"Enabled"}
