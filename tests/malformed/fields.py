"""Requests whose fields are missing, unknown, or of another type or shape."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from headrace.requests.checks import NOT_SUPPORTED_FIELDS
from headrace.requests.rejection import Reason
from malformed.message import Bad, cancel, good, spoilt, with_member, word

_TYPES: dict[str, type] = {
    "type": str,
    "jobName": str,
    "jobVersion": int,
    "idempotencyKey": str,
    "parameters": dict,
    "tenant": str,
    "scheduledAt": str,
    "startDeadlineSeconds": int,
    "timeoutSeconds": int,
    "overrides": dict,
    "retryStrategy": dict,
    "correlationId": str,
    "traceparent": str,
    "requestedBy": str,
    "labels": dict,
}
_SAMPLES = ("text", "1", "", 1, 0, -1, 1.5, True, False, [], [1], ["a"], {}, {"a": 1})


def _of_another_type(random: Random, wanted: type) -> Any:
    return random.choice([each for each in _SAMPLES if type(each) is not wanted])


def wrong_type(random: Random) -> Bad:
    """A field of another JSON type than its own."""
    name = random.choice(list(_TYPES))
    value = _of_another_type(random, _TYPES[name])
    return spoilt(random, Reason.INVALID_FIELD, name, **{name: value})


def wrong_nested_type(random: Random) -> Bad:
    """A field inside an object of another JSON type than its own."""
    outer, inner, wanted = random.choice(
        [
            ("overrides", "cpu", int),
            ("overrides", "memory", int),
            ("overrides", "ephemeralStorageGiB", int),
            ("retryStrategy", "attempts", int),
            ("retryStrategy", "infrastructureRetries", int),
            ("retryStrategy", "backoff", dict),
            ("labels", "team", str),
        ]
    )
    value = _of_another_type(random, wanted)
    field = f"{outer}.{inner}"
    return spoilt(random, Reason.INVALID_FIELD, field, **{outer: {inner: value}})


def null_for_absent(random: Random) -> Bad:
    """A field that is null where it should be left out."""
    field = random.choice(
        [
            *(name for name in _TYPES if name not in {"jobName", "idempotencyKey"}),
            *("overrides.cpu", "retryStrategy.attempts", "labels.team"),
        ]
    )
    outer, _, inner = field.partition(".")
    value = json.dumps({inner: None} if inner else None)
    request = good(random, parameters=None)
    return Bad(with_member(request, outer, value), Reason.INVALID_FIELD, field)


def integer_written_otherwise(random: Random) -> Bad:
    """A number with a fraction or an exponent where an integer belongs."""
    field = random.choice(
        ["timeoutSeconds", "jobVersion", "startDeadlineSeconds", "overrides.cpu"]
    )
    number = random.choice(["3.0", "1e1", "1E+2", "-0.0", "0.5", "600.0", "256e0"])
    outer, _, inner = field.partition(".")
    value = f'{{"{inner}": {number}}}' if inner else number
    return Bad(with_member(good(random), outer, value), Reason.INVALID_FIELD, field)


def out_of_range(random: Random) -> Bad:
    """An integer that no entry of the catalogue could allow."""
    field = random.choice(
        ["timeoutSeconds", "jobVersion", "startDeadlineSeconds", "overrides.memory"]
    )
    number = random.choice([0, -1, -(2**53) + 1])
    if field in {"jobVersion", "startDeadlineSeconds"}:
        number = random.choice([number, 2**53 - 1, 31_536_001])
    outer, _, inner = field.partition(".")
    value = {inner: number} if inner else number
    return spoilt(random, Reason.INVALID_FIELD, field, **{outer: value})


def missing_field(random: Random) -> Bad:
    """A request of either type without a field that it needs."""
    name = random.choice(["schemaVersion", "idempotencyKey", "jobName", "jobId"])
    if name == "jobName" or (name != "jobId" and random.random() < 0.5):
        request = good(random)
    else:
        request = cancel(random)
    del request[name]
    return Bad(json.dumps(request), Reason.MISSING_FIELD, name)


def somebody_elses_message(random: Random) -> Bad:
    """A notification, an event or a record of another service."""
    inner = json.dumps(good(random))
    message = random.choice(
        [
            {"Type": "Notification", "MessageId": word(random), "Message": inner},
            {"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": inner}}}]},
            {"version": "0", "detail-type": "x", "source": "y", "detail": good(random)},
            {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": word(random)},
            {"body": inner},
            {},
        ]
    )
    return Bad(json.dumps(message), Reason.MISSING_FIELD, "schemaVersion")


def unknown_field(random: Random) -> Bad:
    """A field of a name that the schema does not have."""
    name = random.choice(
        ["image", "command", "environment", "job_name", "JobName", "x-" + word(random)]
    )
    return spoilt(random, Reason.UNKNOWN_FIELD, **{name: random.choice(_SAMPLES)})


def unknown_nested_field(random: Random) -> Bad:
    """An unknown field inside of one that is known."""
    outer = random.choice(["overrides", "retryStrategy"])
    inner = word(random)
    field = f"{outer}.{inner}"
    return spoilt(random, Reason.UNKNOWN_FIELD, field, **{outer: {inner: 1}})


def prototype_name(random: Random) -> Bad:
    """Names that mean something to other languages' objects."""
    name = random.choice(
        [
            *("__proto__", "constructor", "prototype", "toString", "__class__"),
            *("__init__", "$where", "$ref", "model_config", "schema_version"),
        ]
    )
    value: Any = random.choice([{"isAdmin": True}, "x", 1])
    outer = random.choice([None, "overrides", "retryStrategy", "parameters"])
    if outer is None:
        return spoilt(random, Reason.UNKNOWN_FIELD, name, **{name: value})
    if outer == "parameters":
        parameters = {"date": "2026-11-22", name: value}
        field = f"parameters.{name}"
        return spoilt(random, Reason.INVALID_PARAMETERS, field, parameters=parameters)
    field = f"{outer}.{name}"
    return spoilt(random, Reason.UNKNOWN_FIELD, field, **{outer: {name: value}})


def confusable(random: Random) -> Bad:
    """Letters and digits that look like the right ones."""
    request = good(random)
    kind = random.choice(["name", "value", "version", "case"])
    if kind == "value":
        name = random.choice(["jobName", "tenant", "idempotencyKey"])
        value = random.choice(
            ["r\u0435port", "report\u200b", "\uff52eport", "repo\u0301rt"]
        )
        return spoilt(random, Reason.INVALID_FIELD, name, **{name: value})
    if kind == "version":
        version = random.choice(["\uff11", "\u0661", "1\u200b", "\u00b9"])
        reason = Reason.UNSUPPORTED_SCHEMA_VERSION
        return spoilt(random, reason, "schemaVersion", schemaVersion=version)
    other = {"name": "jobN\u0430me", "case": "jobname"}[kind]
    request[other] = request.pop("jobName")
    return Bad(json.dumps(request), Reason.MISSING_FIELD, "jobName")


def unsupported_schema_version(random: Random) -> Bad:
    """Any other version than the text "1"."""
    version = random.choice(
        [1, 1.0, "2", "0", "", "1.0", " 1", "1\n", "v1", True, [], ["1"], {}, 10**15]
    )
    reason = Reason.UNSUPPORTED_SCHEMA_VERSION
    return spoilt(random, reason, "schemaVersion", schemaVersion=version)


def bad_type(random: Random) -> Bad:
    """A request type that is none."""
    types = ["SUBMIT", "Submit", "submit ", "", "delete", "Rerun", "\x00", word(random)]
    return spoilt(random, Reason.INVALID_FIELD, "type", type=random.choice(types))


def field_not_built_yet(random: Random) -> Bad:
    """A field of the contract that this release does not serve: never ignored."""
    name = random.choice(NOT_SUPPORTED_FIELDS)
    value = random.choice(_SAMPLES)
    return spoilt(random, Reason.INVALID_FIELD, name, **{name: value})


def bad_cancellation(random: Random) -> Bad:
    """A cancellation of what is no job id, or with a submission's fields."""
    if random.random() < 0.5:
        job_id = random.choice(["", "a" * 25, "A" * 26, "a" * 27, "1" * 26, 5, [], {}])
        body = json.dumps(cancel(random, jobId=job_id))
        return Bad(body, Reason.INVALID_FIELD, "jobId")
    name = random.choice(["jobName", "parameters", "overrides", "timeoutSeconds"])
    body = json.dumps(cancel(random, **{name: "x"}))
    return Bad(body, Reason.UNKNOWN_FIELD, name)


def bad_rerun(random: Random) -> Bad:
    """A rerun of what is no job id, as no version, or with a submission's fields."""
    request = cancel(random, type="rerun")
    name, values = random.choice(
        [
            ("jobId", ["", "a" * 25, "A" * 26, "1" * 26, 5, [], {}]),
            ("version", ["", "newest", "Exact", "latest ", 1, True, [], {}]),
        ]
    )
    if random.random() < 0.7:
        body = json.dumps(request | {name: random.choice(values)})
        return Bad(body, Reason.INVALID_FIELD, name)
    name = random.choice(["jobName", "parameters", "scheduledAt", "timeoutSeconds"])
    return Bad(json.dumps(request | {name: "x"}), Reason.UNKNOWN_FIELD, name)


CLASSES = (
    wrong_type,
    wrong_nested_type,
    null_for_absent,
    integer_written_otherwise,
    out_of_range,
    missing_field,
    somebody_elses_message,
    unknown_field,
    unknown_nested_field,
    prototype_name,
    confusable,
    unsupported_schema_version,
    bad_type,
    field_not_built_yet,
    bad_cancellation,
    bad_rerun,
)
