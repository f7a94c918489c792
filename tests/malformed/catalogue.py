"""Requests of the right form that the catalogue, the queue or the record refuses.

They are sent into a world that knows `report`, as the definitions' builder has it,
`RENDER`, and one job whose key is `TAKEN_KEY`; the pinned ones into one whose queue
serves `PINNED_TENANT` alone.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from builders import DEPLOYMENT_ID
from definition_builders import a_definition_document
from headrace.identity import job_id
from headrace.requests.rejection import Reason
from malformed.message import Bad, cancel, spoilt, word

TAKEN_KEY = "taken"
PINNED_TENANT = "acme"
RENDER = a_definition_document(
    name="render",
    command=["render", "Ref::url"],
    parameters={
        "type": "object",
        "properties": {
            "url": {"type": "string", "format": "public-https-url"},
            "pages": {"type": "integer", "minimum": 1, "maximum": 50},
            "format": {"enum": ["pdf", "png"]},
            "day": {"type": "string", "format": "date"},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
        },
        "required": ["url"],
        "additionalProperties": False,
    },
    timeoutSeconds=600,
    timeoutSecondsMax=1200,
    overridesAllowed={
        "cpu": {"min": 256, "max": 1024},
        "memory": {"min": 512, "max": 4096},
        "capacity": ["FARGATE", "FARGATE_SPOT"],
    },
    retryStrategy={"attempts": 2, "infrastructureRetries": 3},
)
_URL = "https://example.com/page"


def _render(
    random: Random, reason: Reason, field: str | None = None, **changes: Any
) -> Bad:
    changes.setdefault("parameters", {"url": _URL})
    return spoilt(random, reason, field, jobName="render", **changes)


def unknown_job(random: Random) -> Bad:
    """A name that no definition has, with or without a version."""
    names = ["Report", "report-", "reports", "REPORT", word(random)]
    version = random.choice([None, 1, 999_999])
    return spoilt(
        random,
        Reason.UNKNOWN_JOB,
        "jobName",
        jobName=random.choice(names),
        jobVersion=version,
    )


def unknown_job_version(random: Random) -> Bad:
    """A version that the definition does not have."""
    version = random.choice([2, 3, 10, 999_999])
    return spoilt(random, Reason.UNKNOWN_JOB_VERSION, "jobVersion", jobVersion=version)


def parameters_against_the_schema(random: Random) -> Bad:
    """Parameters that the definition's schema refuses."""
    extra, field = random.choice(
        [
            ({"pages": 0}, "pages"),
            ({"pages": 51}, "pages"),
            ({"pages": "1"}, "pages"),
            ({"pages": 1.5}, "pages"),
            ({"pages": True}, "pages"),
            ({"pages": None}, "pages"),
            ({"format": "PDF"}, "format"),
            ({"day": "2026-02-30"}, "day"),
            ({"day": "today"}, "day"),
            ({"tags": ["a"] * 4}, "tags"),
            ({"tags": ["a", 1]}, "tags[1]"),
            ({"url": 5}, "url"),
            ({word(random): 1}, None),
        ]
    )
    named = field and f"parameters.{field}"
    parameters = {"url": _URL} | extra
    return _render(random, Reason.INVALID_PARAMETERS, named, parameters=parameters)


def parameter_missing(random: Random) -> Bad:
    """Parameters without the one that the schema requires, or no parameters."""
    parameters = random.choice([None, {}, {"pages": 1}, {"URL": _URL}])
    field = None if parameters and "URL" in parameters else "parameters.url"
    return _render(random, Reason.INVALID_PARAMETERS, field, parameters=parameters)


def nul_for_the_command(random: Random) -> Bad:
    """A NUL in a parameter that goes into the container's command."""
    date = f"{word(random)}\x00{word(random)}"
    parameters = {"date": date}
    field = "parameters.date"
    return spoilt(random, Reason.INVALID_PARAMETERS, field, parameters=parameters)


def forbidden_url(random: Random) -> Bad:
    """URLs that are not public https, by whatever trick."""
    url = random.choice(
        [
            *("http://example.com/", "ftp://example.com/", "file:///etc/passwd"),
            *("https://169.254.169.254/latest/meta-data/", "https://127.0.0.1/"),
            *("https://2130706433/", "https://0x7f.0.0.1/", "https://[::1]/"),
            *("https://localhost/", "https://metadata.google.internal/", "https://a/"),
            *("https://user:pw@example.com/", "https://example.com@10.0.0.1/"),
            *("https://10.0.0.1.nip.io/", "https://example.com\\@evil.example/"),
            *("https://ex\u00e4mple.com/", "https://example.com/ a", "//example.com"),
            *("javascript:alert(1)", "https://", "", "https://example.com:0/"),
            *("https://①②⑦.⓪.⓪.①/", "https://example.com/\r\nHost: evil"),
            "https://example.com/" + "a" * 2048,
        ]
    )
    parameters = {"url": url}
    return _render(
        random, Reason.URL_NOT_ALLOWED, "parameters.url", parameters=parameters
    )


def override_not_allowed(random: Random) -> Bad:
    """An override that the entry does not allow, or that no entry could."""
    name, value = random.choice(
        [
            ("cpu", 512),
            ("memory", 1024),
            ("ephemeralStorageGiB", 30),
            ("capacity", ["FARGATE_SPOT"]),
            ("image", "evil:latest"),
            ("command", ["sh", "-c", "true"]),
            ("environment", [{"name": "A", "value": "b"}]),
            ("taskRoleArn", "arn:aws:iam::123456789012:role/admin"),
            ("executionRoleArn", "arn:aws:iam::123456789012:role/admin"),
            ("containerOverrides", [{}]),
        ]
    )
    field = f"overrides.{name}"
    return spoilt(random, Reason.OVERRIDE_NOT_ALLOWED, field, overrides={name: value})


def beyond_the_entrys_limits(random: Random) -> Bad:
    """More than the entry allows."""
    field, changes = random.choice(
        [
            ("overrides.cpu", {"overrides": {"cpu": 2048}}),
            ("overrides.cpu", {"overrides": {"cpu": 1}}),
            ("overrides.memory", {"overrides": {"memory": 4097}}),
            ("overrides.capacity[0]", {"overrides": {"capacity": ["elsewhere"]}}),
            ("timeoutSeconds", {"timeoutSeconds": 1201}),
            ("timeoutSeconds", {"timeoutSeconds": 2**53 - 1}),
            ("retryStrategy.attempts", {"retryStrategy": {"attempts": 3}}),
            (
                "retryStrategy.infrastructureRetries",
                {"retryStrategy": {"infrastructureRetries": 4}},
            ),
            (
                "retryStrategy.rules[0]",
                {"retryStrategy": {"rules": [{"onExitCode": "*", "action": "RETRY"}]}},
            ),
            (
                "retryStrategy.backoff.initialSeconds",
                {"retryStrategy": {"backoff": {"initialSeconds": 1}}},
            ),
        ]
    )
    return _render(random, Reason.LIMIT_EXCEEDED, field, **changes)


def impossible_size(random: Random) -> Bad:
    """A pair of cpu and memory that Fargate does not have."""
    overrides = random.choice(
        [
            {"cpu": 300},
            {"cpu": 256, "memory": 4096},
            {"cpu": 1024, "memory": 512},
            {"memory": 513},
        ]
    )
    return _render(random, Reason.INVALID_FIELD, overrides=overrides)


def parameters_too_large(random: Random) -> Bad:
    """Parameters that fit SQS and not ECS: a little above its limit, up to 1 MiB."""
    characters = random.choice([8_193, 10_000, 100_000, 1_048_000])
    filler = random.choice(["x", '"', "\\"])
    date = filler * (characters // len(json.dumps(filler)[1:-1]))
    reason = Reason.OVERRIDES_TOO_LARGE
    return spoilt(random, reason, "parameters", parameters={"date": date})


def deadline_passed(random: Random) -> Bad:
    """A start deadline that was over when the message came."""
    at = f"{random.randrange(1990, 2025)}-06-01T00:00:00Z"
    return spoilt(
        random,
        Reason.DEADLINE_PASSED,
        "startDeadlineSeconds",
        scheduledAt=at,
        startDeadlineSeconds=random.choice([1, 60, 86_400]),
    )


def conflicting_key(random: Random) -> Bad:
    """A key that is taken by a job of another request."""
    changes: dict[str, Any] = random.choice(
        [
            {"parameters": {"date": word(random)}},
            {"timeoutSeconds": random.randrange(1, 3600)},
            {"startDeadlineSeconds": random.randrange(1, 3600)},
        ]
    )
    reason, field = Reason.IDEMPOTENCY_CONFLICT, "idempotencyKey"
    return spoilt(random, reason, field, idempotencyKey=TAKEN_KEY, **changes)


def cancel_of_an_unknown_job(random: Random) -> Bad:
    """A job id that nobody has."""
    return Bad(json.dumps(cancel(random)), Reason.JOB_NOT_FOUND, "jobId")


def cancel_by_another_tenant(random: Random) -> Bad:
    """A job that stands, and is not this tenant's."""
    taken = job_id(
        deployment_id=DEPLOYMENT_ID,
        tenant="default",
        job_name="report",
        idempotency_key=TAKEN_KEY,
    )
    tenant = random.choice(["Default", "other", "_", word(random)])
    body = json.dumps(cancel(random, jobId=taken, tenant=tenant))
    return Bad(body, Reason.JOB_NOT_FOUND, "jobId")


def tenant_of_another_queue(random: Random) -> Bad:
    """Another tenant than the queue is pinned to, of a submission or a cancel."""
    tenant = random.choice(["default", "Acme", "acme-", "a", word(random)])
    if random.random() < 0.3:
        body = json.dumps(cancel(random, tenant=tenant))
        return Bad(body, Reason.TENANT_MISMATCH, "tenant")
    return spoilt(random, Reason.TENANT_MISMATCH, "tenant", tenant=tenant)


PINNED = frozenset({tenant_of_another_queue.__name__})
"""Classes that need a pinned queue."""

CLASSES = (
    unknown_job,
    unknown_job_version,
    parameters_against_the_schema,
    parameter_missing,
    nul_for_the_command,
    forbidden_url,
    override_not_allowed,
    beyond_the_entrys_limits,
    impossible_size,
    parameters_too_large,
    deadline_passed,
    conflicting_key,
    cancel_of_an_unknown_job,
    cancel_by_another_tenant,
    tenant_of_another_queue,
)
