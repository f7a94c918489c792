from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from builders import NOW, a_request, a_request_body
from headrace.requests.parsing import restored
from headrace.requests.rejection import Reason
from headrace.requests.request import CancelRequest
from rejecting import parsed, rejected, submitted

JOB_ID = "abcdefghijklmnopqrstuvwxyz"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def a_cancellation(**changes: Any) -> str:
    body = {
        "schemaVersion": "1",
        "type": "cancel",
        "jobId": JOB_ID,
        "idempotencyKey": "cancel-1",
    }
    return json.dumps(body | changes)


def test_the_smallest_submission_has_defaults() -> None:
    request = submitted(parameters=None)
    assert (request.tenant, request.job_name) == ("default", "report")
    assert request.parameters == {}
    assert request.labels == {}
    assert request.job_version is None
    assert request.scheduled_at is None
    assert request.retry_strategy is None


def test_every_field_of_a_submission_is_read() -> None:
    request = submitted(
        type="submit",
        jobVersion=3,
        tenant="acme",
        scheduledAt="2026-11-23T06:00:00.5+02:00",
        startDeadlineSeconds=60,
        timeoutSeconds=120,
        overrides={
            "cpu": 512,
            "memory": 1024,
            "ephemeralStorageGiB": 30,
            "capacity": ["FARGATE"],
        },
        retryStrategy={"attempts": 2, "rules": []},
        correlationId="order 7",
        traceparent=TRACEPARENT,
        requestedBy="ada@example.com",
        labels={"team": "", "cost/centre": "42"},
    )
    assert request.tenant == "acme"
    assert request.job_version == 3
    assert request.scheduled_at == datetime(2026, 11, 23, 4, 0, 0, 500_000, tzinfo=UTC)
    assert request.start_deadline_seconds == 60
    assert request.timeout_seconds == 120
    assert (request.overrides.cpu, request.overrides.memory) == (512, 1024)
    assert request.overrides.ephemeral_storage_gib == 30
    assert request.overrides.capacity == ("FARGATE",)
    assert request.retry_strategy is not None
    assert request.retry_strategy.rules == ()
    assert request.correlation_id == "order 7"
    assert request.traceparent == TRACEPARENT
    assert request.requested_by == "ada@example.com"
    assert request.labels == {"team": "", "cost/centre": "42"}


def test_a_cancellation_names_a_job() -> None:
    request = parsed(a_cancellation(tenant="acme", correlationId="c"))
    assert isinstance(request, CancelRequest)
    assert (request.job_id, request.tenant) == (JOB_ID, "acme")
    assert request.correlation_id == "c"
    assert request.origin.job_id == JOB_ID


def test_a_rejection_carries_digest_size_and_whom_it_concerns() -> None:
    body = a_request_body(zzz="é", tenant="acme")
    rejection = rejected(body)
    assert rejection.body_sha256 == hashlib.sha256(body.encode()).hexdigest()
    assert rejection.body_bytes == len(body.encode())
    assert rejection.tenant == "acme"
    assert rejection.job_name == "report"
    assert rejection.idempotency_key == "report-2026-11-22"


def test_a_rejection_carries_no_identity_that_is_not_valid() -> None:
    rejection = rejected(a_request_body(tenant="a b", jobName=5, idempotencyKey="\n"))
    assert rejection.tenant is None
    assert rejection.job_name is None
    assert rejection.idempotency_key is None


LONG = "x" * 300
FIELD_CASES: list[tuple[dict[str, Any], Reason, str, str, str | None]] = [
    # changes, reason, field, limit (part of), value
    ({"schemaVersion": None}, Reason.MISSING_FIELD, "schemaVersion", "present", None),
    ({"jobName": None}, Reason.MISSING_FIELD, "jobName", "present", None),
    ({"idempotencyKey": None}, Reason.MISSING_FIELD, "idempotencyKey", "present", None),
    (
        {"schemaVersion": "2"},
        Reason.UNSUPPORTED_SCHEMA_VERSION,
        "schemaVersion",
        '"1"',
        '"2"',
    ),
    (
        {"schemaVersion": 1},
        Reason.UNSUPPORTED_SCHEMA_VERSION,
        "schemaVersion",
        '"1"',
        "1",
    ),
    ({"jobName": None, "job_name": "x"}, Reason.MISSING_FIELD, "jobName", "", None),
    ({"jobname": "x"}, Reason.UNKNOWN_FIELD, "jobname", "jobName", '"x"'),
    ({"job_name": "x"}, Reason.UNKNOWN_FIELD, "job_name", "jobName", '"x"'),
    ({"jobId": JOB_ID}, Reason.UNKNOWN_FIELD, "jobId", "one of", f'"{JOB_ID}"'),
    ({"overrides": {"gpu": 1}}, Reason.UNKNOWN_FIELD, "overrides.gpu", "field", "1"),
    (
        {"overrides": {"taskRoleArn": "arn:x"}},
        Reason.OVERRIDE_NOT_ALLOWED,
        "overrides.taskRoleArn",
        "left to the job definition",
        '"arn:x"',
    ),
    (
        {"overrides": {"environment": []}},
        Reason.OVERRIDE_NOT_ALLOWED,
        "overrides.environment",
        "left to the job definition",
        "an array of 0 items",
    ),
    ({"type": "drop"}, Reason.INVALID_FIELD, "type", "submit, cancel", '"drop"'),
    ({"type": {}}, Reason.INVALID_FIELD, "type", "submit", "an object of 0 fields"),
    ({"jobName": "a b"}, Reason.INVALID_FIELD, "jobName", "matches", '"a b"'),
    ({"jobName": "a\n"}, Reason.INVALID_FIELD, "jobName", "matches", '"a\\n"'),
    ({"jobName": 7}, Reason.INVALID_FIELD, "jobName", "text", "7"),
    ({"jobVersion": 0}, Reason.INVALID_FIELD, "jobVersion", "at least 1", "0"),
    ({"jobVersion": "1"}, Reason.INVALID_FIELD, "jobVersion", "an integer", '"1"'),
    ({"jobVersion": 1.0}, Reason.INVALID_FIELD, "jobVersion", "an integer", "1.0"),
    ({"jobVersion": True}, Reason.INVALID_FIELD, "jobVersion", "an integer", "true"),
    (
        {"jobVersion": 1_000_000},
        Reason.INVALID_FIELD,
        "jobVersion",
        "at most 999999",
        "1000000",
    ),
    ({"idempotencyKey": ""}, Reason.INVALID_FIELD, "idempotencyKey", "matches", '""'),
    (
        {"idempotencyKey": LONG},
        Reason.INVALID_FIELD,
        "idempotencyKey",
        "{1,256}",
        '"' + "x" * 126 + "…",
    ),
    ({"tenant": "a/b"}, Reason.INVALID_FIELD, "tenant", "{1,64}", '"a/b"'),
    (
        {"parameters": []},
        Reason.INVALID_FIELD,
        "parameters",
        "an object",
        "an array of 0 items",
    ),
    (
        {"scheduledAt": "2026-11-23T06:00:00"},
        Reason.INVALID_FIELD,
        "scheduledAt",
        "offset",
        '"2026-11-23T06:00:00"',
    ),
    (
        {"scheduledAt": "2026-02-31T06:00:00Z"},
        Reason.INVALID_FIELD,
        "scheduledAt",
        "RFC 3339",
        '"2026-02-31T06:00:00Z"',
    ),
    ({"scheduledAt": 5}, Reason.INVALID_FIELD, "scheduledAt", "RFC 3339", "5"),
    (
        {"scheduledAt": "2027-11-22T10:00:00.001Z"},
        Reason.INVALID_FIELD,
        "scheduledAt",
        "at most 365 days ahead",
        '"2027-11-22T10:00:00.001Z"',
    ),
    (
        {"startDeadlineSeconds": 0},
        Reason.INVALID_FIELD,
        "startDeadlineSeconds",
        "at least 1",
        "0",
    ),
    ({"timeoutSeconds": 1.5}, Reason.INVALID_FIELD, "timeoutSeconds", "integer", "1.5"),
    ({"overrides": 1}, Reason.INVALID_FIELD, "overrides", "an object", "1"),
    ({"overrides": {"cpu": 0}}, Reason.INVALID_FIELD, "overrides.cpu", "least 1", "0"),
    (
        {"overrides": {"capacity": "FARGATE"}},
        Reason.INVALID_FIELD,
        "overrides.capacity",
        "an array",
        '"FARGATE"',
    ),
    (
        {"overrides": {"capacity": []}},
        Reason.INVALID_FIELD,
        "overrides.capacity",
        "at least 1 items",
        "an array of 0 items",
    ),
    (
        {"retryStrategy": {"attempts": 0}},
        Reason.INVALID_FIELD,
        "retryStrategy.attempts",
        "at least 1",
        "0",
    ),
    (
        {"retryStrategy": {"rules": [{"onExitCode": "1", "action": "MAYBE"}]}},
        Reason.INVALID_FIELD,
        "retryStrategy.rules[0].action",
        "one of 'RETRY' or 'FAIL'",
        '"MAYBE"',
    ),
    (
        {"correlationId": "x" * 129},
        Reason.INVALID_FIELD,
        "correlationId",
        "at most 128 characters",
        '"' + "x" * 126 + "…",
    ),
    (
        {"correlationId": "a\x00"},
        Reason.INVALID_FIELD,
        "correlationId",
        "matches",
        '"a\\u0000"',
    ),
    (
        {"requestedBy": ""},
        Reason.INVALID_FIELD,
        "requestedBy",
        "at least 1 characters",
        '""',
    ),
    (
        {"requestedBy": "x" * 257},
        Reason.INVALID_FIELD,
        "requestedBy",
        "at most 256 characters",
        '"' + "x" * 126 + "…",
    ),
    (
        {"labels": {f"k{n}": "" for n in range(21)}},
        Reason.INVALID_FIELD,
        "labels",
        "at most 20 items",
        "an object of 21 fields",
    ),
    ({"labels": {"a b": ""}}, Reason.INVALID_FIELD, 'labels["a b"]', "{1,63}", '"a b"'),
    (
        {"labels": {"a": "x" * 257}},
        Reason.INVALID_FIELD,
        "labels.a",
        "at most 256 characters",
        '"' + "x" * 126 + "…",
    ),
    ({"traceparent": 5}, Reason.INVALID_FIELD, "traceparent", "text", "5"),
]


@pytest.mark.parametrize(("changes", "reason", "field", "limit", "value"), FIELD_CASES)
def test_a_wrong_field_is_named_with_its_limit_and_value(
    changes: dict[str, Any], reason: Reason, field: str, limit: str, value: str | None
) -> None:
    rejection = rejected(a_request_body(**changes))
    assert (rejection.reason, rejection.field) == (reason, field)
    assert rejection.limit is not None
    assert limit in rejection.limit
    assert rejection.value == value
    assert rejection.message.startswith(f"{field}: ")


@pytest.mark.parametrize(
    "name",
    [
        "jobName",
        "tenant",
        "parameters",
        "overrides",
        "labels",
        "scheduledAt",
        "timeoutSeconds",
        "traceparent",
    ],
)
def test_null_is_a_wrong_type_and_not_an_absence(name: str) -> None:
    rejection = rejected(json.dumps(a_request() | {name: None}))
    assert (rejection.reason, rejection.field) == (Reason.INVALID_FIELD, name)
    assert (rejection.limit, rejection.value) == ("left out rather than null", "null")


def test_null_inside_an_override_is_refused_and_inside_parameters_is_not() -> None:
    assert rejected(a_request_body(overrides={"cpu": None})).field == "overrides.cpu"
    assert submitted(parameters={"a": None}).parameters == {"a": None}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("priority", 5),
        ("concurrencyKey", "k"),
        ("concurrencyPolicy", "Forbid"),
        ("dependsOn", []),
        ("arraySize", 2),
    ],
)
def test_what_is_not_built_yet_is_refused_as_such(name: str, value: object) -> None:
    rejection = rejected(a_request_body(**{name: value}))
    assert (rejection.reason, rejection.field) == (Reason.INVALID_FIELD, name)
    assert rejection.limit == "not supported by this release"
    assert "not supported by this release" in rejection.message


def test_a_body_above_one_mebibyte_is_refused_before_it_is_read() -> None:
    rejection = rejected("[" * (1024 * 1024 + 1))
    assert rejection.reason is Reason.TOO_LARGE
    assert rejection.limit == "at most 1048576 bytes"
    assert rejection.value == "1048577 bytes"
    assert rejection.body_bytes == 1_048_577


def test_the_size_is_counted_in_bytes() -> None:
    text = "é" * (512 * 1024)
    assert rejected(a_request_body(zzz=1) + text).reason is Reason.TOO_LARGE


def test_a_body_of_one_mebibyte_is_read() -> None:
    frame = len(a_request_body(parameters={"text": ""}))
    body = a_request_body(parameters={"text": "x" * (1024 * 1024 - frame)})
    assert len(body) == 1024 * 1024
    parsed(body)


@pytest.mark.parametrize("body", ["", "{", "[" * 100_000, '{"a":1,"a":2}', '{"a":NaN}'])
def test_malformed_json_is_answered_without_a_value(body: str) -> None:
    rejection = rejected(body)
    assert rejection.reason is Reason.MALFORMED_JSON
    assert rejection.field is None
    assert rejection.value is None
    assert rejection.limit is not None


def test_json_that_is_no_object_is_answered() -> None:
    assert rejected("[]").reason is Reason.NOT_AN_OBJECT


def test_a_credential_anywhere_is_refused_and_never_repeated() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    for changes, field in [
        ({"idempotencyKey": secret}, "idempotencyKey"),
        ({"parameters": {"a": [{"b": f"x {secret}"}]}}, "parameters.a[0].b"),
        ({"parameters": {secret: 1}}, "parameters[<redacted>]"),
        ({"labels": {"k": secret}, "zzz": 1}, "labels.k"),
        ({"schemaVersion": secret}, "schemaVersion"),
        ({secret: 1}, "[<redacted>]"),
    ]:
        rejection = rejected(a_request_body(**changes))
        assert (rejection.reason, rejection.field) == (Reason.SECRET_IN_MESSAGE, field)
        assert rejection.limit == "free of credentials"
        assert secret not in repr(rejection)


def test_an_escaped_credential_is_found_too() -> None:
    body = a_request_body(parameters={"a": "?"}).replace(
        "?", "\\u0041KIAIOSFODNN7EXAMPLE"
    )
    assert rejected(body).reason is Reason.SECRET_IN_MESSAGE


def test_the_value_of_a_field_named_like_a_secret_is_not_shown() -> None:
    rejection = rejected(a_request_body(password="hunter2"))
    assert rejection.field == "password"
    assert "hunter2" not in repr(rejection)


def test_a_pinned_queue_serves_its_tenant_only() -> None:
    body = a_request_body(tenant="other")
    rejection = rejected(body, pinned_tenant="acme")
    assert (rejection.reason, rejection.field) == (Reason.TENANT_MISMATCH, "tenant")
    assert rejection.limit == "acme, the only tenant of this queue"
    assert rejection.value == '"other"'
    assert rejection.tenant == "acme"


def test_a_pinned_queue_names_the_tenant_that_the_body_leaves_out() -> None:
    assert parsed(a_request_body(), pinned_tenant="acme").tenant == "acme"
    assert parsed(a_request_body(tenant="acme"), pinned_tenant="acme").tenant == "acme"
    assert parsed(a_request_body(tenant="x"), pinned_tenant="").tenant == "x"


def test_a_start_a_year_ahead_and_one_in_the_past_are_accepted() -> None:
    ahead = NOW + timedelta(days=365)
    assert submitted(scheduledAt=ahead.isoformat()).scheduled_at == ahead
    past = NOW - timedelta(days=1)
    assert submitted(scheduledAt=past.isoformat()).scheduled_at == past


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "x" * 55,
        TRACEPARENT.upper(),
        TRACEPARENT + "-more",
        "ff" + TRACEPARENT[2:],
        "00-" + "0" * 32 + TRACEPARENT[35:],
        TRACEPARENT[:36] + "0" * 16 + "-01",
    ],
)
def test_an_invalid_traceparent_is_dropped(traceparent: str) -> None:
    request = submitted(traceparent=traceparent)
    assert request.traceparent is None
    assert "traceparent" not in json.loads(request.body_json)


def test_a_request_is_read_again_from_its_body() -> None:
    scheduled = (NOW + timedelta(days=300)).isoformat()
    request = submitted(
        scheduledAt=scheduled,
        traceparent=TRACEPARENT,
        labels={"a": "b"},
        retryStrategy={"attempts": 1},
        overrides={"memory": 512},
    )
    again = restored(request.body_json)
    for name in type(request).__dataclass_fields__:
        if name not in {"body_sha256", "body_bytes"}:
            assert getattr(again, name) == getattr(request, name), name


def test_the_pinned_tenant_is_kept_in_the_body() -> None:
    request = parsed(a_request_body(), pinned_tenant="acme")
    assert restored(request.body_json).tenant == "acme"


def test_a_cancellation_with_a_wrong_job_id_is_refused() -> None:
    rejection = rejected(a_cancellation(jobId="nope"))
    assert (rejection.reason, rejection.field) == (Reason.INVALID_FIELD, "jobId")
    assert rejection.value == '"nope"'


def test_a_cancellation_needs_a_key_and_takes_no_job_name() -> None:
    body = {"schemaVersion": "1", "type": "cancel", "jobId": JOB_ID}
    assert rejected(json.dumps(body)).field == "idempotencyKey"
    rejection = rejected(a_cancellation(jobName="report"))
    assert (rejection.reason, rejection.field) == (Reason.UNKNOWN_FIELD, "jobName")


@pytest.mark.parametrize(
    "change",
    [
        {"jobName": "other"},
        {"jobVersion": 1},
        {"tenant": "other"},
        {"parameters": {"date": "2026-11-23", "format": "pdf"}},
        {"parameters": None},
        {"timeoutSeconds": 60},
        {"scheduledAt": "2026-11-23T00:00:00Z"},
        {"overrides": {"cpu": 256}},
        {"retryStrategy": {"attempts": 1}},
        {"retryStrategy": {"rules": []}},
    ],
)
def test_another_wish_is_another_fingerprint(change: dict[str, Any]) -> None:
    assert submitted(**change).fingerprint != submitted().fingerprint


def test_the_same_instant_in_another_offset_is_the_same_wish() -> None:
    one = submitted(scheduledAt="2026-11-23T06:00:00+02:00")
    two = submitted(scheduledAt="2026-11-23T04:00:00.000Z")
    assert one.fingerprint == two.fingerprint
