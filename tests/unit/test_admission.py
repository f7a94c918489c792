from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import NOW
from definition_builders import a_registered, a_resolved
from headrace.requests.rejection import Reason
from headrace.requests.request import (
    CancelRequest,
    idempotency_conflict,
    job_not_found,
    unknown_job,
    unknown_job_version,
)
from rejecting import admitted, not_admitted, parsed, submitted

ANYTHING = {"type": "object"}
BOUNDS = {
    "cpu": {"min": 256, "max": 1024},
    "memory": {"min": 512, "max": 8192},
    "ephemeralStorageGiB": {"min": 21, "max": 50},
    "capacity": ["FARGATE", "FARGATE_SPOT"],
}


def test_a_plain_request_gets_what_the_entry_says() -> None:
    entry = a_registered(
        timeoutSeconds=60,
        timeoutSecondsMax=120,
        startTimeoutSeconds=30,
        capacity=["FARGATE_SPOT", "FARGATE"],
        memory=[512, 1024],
        ephemeralStorageGiB=25,
    )
    admission = admitted(entry)
    assert (admission.timeout_seconds, admission.start_timeout_seconds) == (60, 30)
    assert (admission.start_deadline_at, admission.scheduled_at) == (None, None)
    assert (admission.cpu, admission.memory) == (None, (512, 1024))
    assert admission.ephemeral_storage_gib == 25
    assert admission.capacity == ("FARGATE_SPOT", "FARGATE")
    assert admission.retry == entry.definition.retry_strategy


def test_a_request_chooses_within_what_the_entry_allows() -> None:
    entry = a_registered(
        timeoutSecondsMax=7200,
        memory=[512, 1024, 2048, 4096],
        overridesAllowed=BOUNDS,
    )
    admission = admitted(
        entry,
        timeoutSeconds=7200,
        overrides={
            "cpu": 512,
            "memory": 1024,
            "ephemeralStorageGiB": 50,
            "capacity": ["FARGATE_SPOT", "FARGATE", "FARGATE_SPOT"],
        },
        retryStrategy={"infrastructureRetries": 1},
    )
    assert admission.timeout_seconds == 7200
    assert (admission.cpu, admission.memory) == (512, (1024, 2048, 4096))
    assert admission.ephemeral_storage_gib == 50
    assert admission.capacity == ("FARGATE_SPOT", "FARGATE")
    assert admission.retry.infrastructure_retries == 1


def test_a_chosen_memory_between_two_rungs_starts_the_ladder() -> None:
    entry = a_registered(
        cpu=1024, memory=[2048, 4096, 8192], overridesAllowed={"memory": BOUNDS["cpu"]}
    )
    rejection = not_admitted(entry, overrides={"memory": 1024})
    assert rejection.field == "overrides.memory"  # too little for that cpu
    entry = a_registered(cpu=1024, memory=[2048, 4096, 8192], overridesAllowed=BOUNDS)
    assert admitted(entry, overrides={"memory": 3072}).memory == (3072, 4096, 8192)
    assert admitted(entry, overrides={"memory": 8192}).memory == (8192,)


def test_the_ladder_ends_where_fargate_has_no_such_pair() -> None:
    entry = a_registered(cpu=1024, memory=[2048, 4096, 8192], overridesAllowed=BOUNDS)
    admission = admitted(entry, overrides={"cpu": 512})
    assert (admission.cpu, admission.memory) == (512, (2048, 4096))


CASES: list[tuple[dict[str, Any], dict[str, Any], Reason, str, str, str | None]] = [
    # entry, request, reason, field, limit (part of), value
    (
        {},
        {"timeoutSeconds": 3601},
        Reason.LIMIT_EXCEEDED,
        "timeoutSeconds",
        "at most 3600",
        "3601",
    ),
    (
        {"timeoutSecondsMax": 4000},
        {"timeoutSeconds": 99_999_999},
        Reason.LIMIT_EXCEEDED,
        "timeoutSeconds",
        "at most 4000",
        "99999999",
    ),
    (
        {},
        {"overrides": {"cpu": 512}},
        Reason.OVERRIDE_NOT_ALLOWED,
        "overrides.cpu",
        "left out",
        "512",
    ),
    (
        {},
        {"overrides": {"memory": 512}},
        Reason.OVERRIDE_NOT_ALLOWED,
        "overrides.memory",
        "left out",
        "512",
    ),
    (
        {},
        {"overrides": {"ephemeralStorageGiB": 30}},
        Reason.OVERRIDE_NOT_ALLOWED,
        "overrides.ephemeralStorageGiB",
        "left out",
        "30",
    ),
    (
        {},
        {"overrides": {"capacity": ["FARGATE"]}},
        Reason.OVERRIDE_NOT_ALLOWED,
        "overrides.capacity",
        "left out",
        "an array of 1 items",
    ),
    (
        {"overridesAllowed": BOUNDS},
        {"overrides": {"cpu": 2048}},
        Reason.LIMIT_EXCEEDED,
        "overrides.cpu",
        "256 to 1024",
        "2048",
    ),
    (
        {"overridesAllowed": BOUNDS},
        {"overrides": {"memory": 16384}},
        Reason.LIMIT_EXCEEDED,
        "overrides.memory",
        "512 to 8192",
        "16384",
    ),
    (
        {"overridesAllowed": BOUNDS},
        {"overrides": {"ephemeralStorageGiB": 20}},
        Reason.LIMIT_EXCEEDED,
        "overrides.ephemeralStorageGiB",
        "21 to 50",
        "20",
    ),
    (
        {"overridesAllowed": BOUNDS},
        {"overrides": {"capacity": ["FARGATE", "gpu"]}},
        Reason.LIMIT_EXCEEDED,
        "overrides.capacity[1]",
        "one of FARGATE, FARGATE_SPOT",
        '"gpu"',
    ),
    (
        {"overridesAllowed": BOUNDS},
        {"overrides": {"cpu": 300}},
        Reason.INVALID_FIELD,
        "overrides.cpu",
        "a Fargate cpu: one of 256, 512",
        "cpu 300, memory 512",
    ),
    (
        {"overridesAllowed": BOUNDS},
        {"overrides": {"cpu": 1024}},
        Reason.INVALID_FIELD,
        "overrides.cpu",
        "a Fargate memory for cpu 1024",
        "cpu 1024, memory 512",
    ),
    (
        {"overridesAllowed": BOUNDS},
        {"overrides": {"memory": 4096}},
        Reason.INVALID_FIELD,
        "overrides.memory",
        "a Fargate memory for cpu 256: one of 512, 1024, 2048",
        "cpu 256, memory 4096",
    ),
    (
        {},
        {"retryStrategy": {"attempts": 2}},
        Reason.LIMIT_EXCEEDED,
        "retryStrategy.attempts",
        "at most 1",
        "2",
    ),
    (
        {},
        {"retryStrategy": {"rules": [{"onExitCode": "1", "action": "RETRY"}]}},
        Reason.LIMIT_EXCEEDED,
        "retryStrategy.rules[0]",
        "covered by a RETRY rule",
        "an object of 2 fields",
    ),
    (
        {},
        {"parameters": {"date": 5}},
        Reason.INVALID_PARAMETERS,
        "parameters.date",
        'type "string"',
        "5",
    ),
    (
        {},
        {"parameters": {}},
        Reason.INVALID_PARAMETERS,
        "parameters.date",
        "required",
        None,
    ),
    (
        {},
        {"parameters": {"date": "d", "a b": True}},
        Reason.INVALID_PARAMETERS,
        'parameters["a b"]',
        "additionalProperties false",
        "true",
    ),
    (
        {},
        {"parameters": {"date": "a\x00b"}},
        Reason.INVALID_PARAMETERS,
        "parameters.date",
        "free of NUL",
        '"a\\u0000b"',
    ),
    (
        {"parameters": ANYTHING, "command": ["x"]},
        {"parameters": {"rows": [[1, 2]] * 33_334}},
        Reason.LIMIT_EXCEEDED,
        "parameters",
        "at most 100000 values",
        "100003 values",
    ),
]


@pytest.mark.parametrize(
    ("entry", "request_changes", "reason", "field", "limit", "value"), CASES
)
def test_what_the_entry_refuses_is_named_with_limit_and_value(
    entry: dict[str, Any],
    request_changes: dict[str, Any],
    reason: Reason,
    field: str,
    limit: str,
    value: str | None,
) -> None:
    rejection = not_admitted(a_registered(**entry), **request_changes)
    assert (rejection.reason, rejection.field) == (reason, field)
    assert rejection.limit is not None
    assert limit in rejection.limit
    assert rejection.value == value
    assert rejection.message.startswith(field)
    assert rejection.tenant == "default"
    assert rejection.job_name == "report"


def test_control_characters_are_carried_in_parameters() -> None:
    entry = a_registered(parameters=ANYTHING, command=["x"])
    admitted(entry, parameters={"text": "line\nbreak\x00\x1b[0m"})


def test_a_value_named_like_a_secret_is_not_shown() -> None:
    schema = {"type": "object", "properties": {"password": {"type": "integer"}}}
    entry = a_registered(parameters=schema, command=["x"])
    rejection = not_admitted(entry, parameters={"password": "hunter2"})
    assert rejection.field == "parameters.password"
    assert "hunter2" not in repr(rejection)


def test_a_private_url_is_refused_as_such_also_inside_a_choice() -> None:
    url = {"type": "string", "format": "public-https-url"}
    for schema in (url, {"anyOf": [url, {"type": "integer"}]}):
        entry = a_registered(
            parameters={"type": "object", "properties": {"url": schema}}, command=["x"]
        )
        rejection = not_admitted(entry, parameters={"url": "https://169.254.170.2/"})
        assert rejection.reason is Reason.URL_NOT_ALLOWED
        assert rejection.field == "parameters.url"
        assert rejection.limit == 'format "public-https-url"'
        assert rejection.value == '"https://169.254.170.2/"'
        admitted(entry, parameters={"url": "https://example.com/x"})


def test_a_start_deadline_counts_from_acceptance_or_from_the_schedule() -> None:
    assert admitted(startDeadlineSeconds=60).start_deadline_at == NOW + timedelta(
        seconds=60
    )
    scheduled_at = NOW + timedelta(hours=1)
    admission = admitted(scheduledAt=scheduled_at.isoformat(), startDeadlineSeconds=60)
    assert admission.scheduled_at == scheduled_at
    assert admission.start_deadline_at == scheduled_at + timedelta(seconds=60)


def test_a_deadline_that_has_passed_is_refused() -> None:
    scheduled = (NOW - timedelta(hours=1)).isoformat()
    rejection = not_admitted(scheduledAt=scheduled, startDeadlineSeconds=3600)
    assert rejection.reason is Reason.DEADLINE_PASSED
    assert rejection.field == "startDeadlineSeconds"
    assert rejection.value == "3600"
    assert rejection.limit is not None
    assert NOW.isoformat() in rejection.limit
    assert admitted(scheduledAt=scheduled, startDeadlineSeconds=3601)


def test_pairs_are_free_on_capacity_of_ones_own() -> None:
    entry = a_registered(
        capacity=["my-gpus"],
        overridesAllowed={"cpu": {"min": 128, "max": 4096}},
        resolved=a_resolved(requires_compatibilities=("EC2",), cpu=None, memory=None),
    )
    assert admitted(entry, overrides={"cpu": 300}).cpu == 300


def test_an_entry_for_instances_of_ones_own_may_not_fit_fargate() -> None:
    entry = a_registered(
        capacity=["my-gpus"],
        cpu=300,
        overridesAllowed={"capacity": ["FARGATE"]},
        resolved=a_resolved(cpu=300),
    )
    rejection = not_admitted(entry, overrides={"capacity": ["FARGATE"]})
    assert rejection.field == "overrides.capacity"


def test_unknown_jobs_and_versions_are_named() -> None:
    rejection = unknown_job(submitted()).rejection
    assert (rejection.reason, rejection.field) == (Reason.UNKNOWN_JOB, "jobName")
    assert rejection.value == '"report"'
    rejection = unknown_job_version(submitted(jobVersion=7)).rejection
    assert rejection.reason is Reason.UNKNOWN_JOB_VERSION
    assert (rejection.field, rejection.value) == ("jobVersion", "7")
    assert rejection.limit == "a registered version of report"


def test_a_taken_key_names_the_job_that_has_it() -> None:
    rejection = idempotency_conflict(submitted(), job_id="a" * 26).rejection
    assert rejection.reason is Reason.IDEMPOTENCY_CONFLICT
    assert (rejection.field, rejection.value) == (
        "idempotencyKey",
        '"report-2026-11-22"',
    )
    assert rejection.limit == "new, or the same request again"
    assert rejection.job_id == "a" * 26


def test_a_job_that_the_tenant_does_not_have_is_not_found() -> None:
    body = {"schemaVersion": "1", "type": "cancel", "idempotencyKey": "c"}
    request = parsed(json.dumps(body | {"jobId": "a" * 26, "tenant": "acme"}))
    assert isinstance(request, CancelRequest)
    rejection = job_not_found(request).rejection
    assert (rejection.reason, rejection.field) == (Reason.JOB_NOT_FOUND, "jobId")
    assert rejection.limit == "the id of a job of tenant acme"
    assert rejection.value == f'"{"a" * 26}"'


def test_the_documented_reasons_are_all_there_are_in_their_order() -> None:
    text = (Path(__file__).parents[2] / "docs" / "message.md").read_text()
    table = text[text.index("| reason | when |") :]
    assert re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE) == list(Reason)


def test_the_same_request_is_admitted_alike_later() -> None:
    changes = {"overrides": {"cpu": 512, "memory": 1024}, "startDeadlineSeconds": 5}
    entry = a_registered(overridesAllowed=BOUNDS)
    assert admitted(entry, **changes) == admitted(entry, **changes)
