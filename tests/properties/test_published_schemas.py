"""The published schemas refuse nothing that is accepted, and all that they can say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import NOW, a_request
from definition_builders import a_definition_document, a_registered
from headrace.definitions.registration import parse_definition
from headrace.errors import InvalidDefinition, InvalidRequest
from headrace.parameters.schema import parameter_fault
from headrace.parameters.schema_checks import validator_type
from headrace.requests.parsing import parse_request
from headrace_client.schemas import (
    definition_schema,
    parameters_schema,
    request_schema,
)
from malformed import CLASSES, bad

ROOT = Path(__file__).parents[2]
SEEDS = range(20)
REQUESTS = validator_type()(request_schema())
DEFINITIONS = validator_type()(definition_schema())

# The classes of malformed messages of which a schema can say what is wrong with them.
# The others are wrong as text, or by a catalogue, a clock, a record, or a credential.
EXPRESSIBLE = frozenset(
    {
        *("wrong_type", "wrong_nested_type", "null_for_absent", "out_of_range"),
        *("missing_field", "unknown_field", "unknown_nested_field"),
        *("somebody_elses_message", "confusable", "unsupported_schema_version"),
        *("bad_type", "field_not_built_yet", "bad_cancellation", "bad_rerun"),
        *("bad_idempotency_key", "bad_job_name", "bad_tenant", "bad_label"),
        *("control_character_in_text", "too_long_text", "bad_retry_strategy"),
        *("forged_log_line", "forged_field_name"),
    }
)
JUNK = [None, True, -1, 0, 1.5, "", "\n", "text", [], ["a"], {}, {"a": None}]


@pytest.mark.parametrize("name", sorted(EXPRESSIBLE))
def test_a_malformed_request_is_refused_where_a_schema_can_say_so(name):
    for seed in SEEDS:
        assert not REQUESTS.is_valid(json.loads(bad(name, seed).body)), seed


def test_the_classes_of_malformed_requests_are_known():
    assert CLASSES.keys() >= EXPRESSIBLE


def some(**good: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields, each with a good value, or now and then with any other."""
    fields = {
        name: st.one_of(*[st.sampled_from(values)] * 4, st.sampled_from(JUNK))
        for name, values in good.items()
    }
    return st.fixed_dictionaries({}, optional=fields)


RULES = [{"onExitCode": "1|4*", "action": "RETRY"}, {"action": "FAIL"}]
SUBMISSIONS = some(
    type=["submit"],
    jobVersion=[1, 999_999],
    tenant=["acme", "a" * 64],
    scheduledAt=["2026-11-23T00:00:00Z", "2026-11-23t00:00:00.123+01:00", "tomorrow"],
    startDeadlineSeconds=[1, 31_536_000],
    timeoutSeconds=[1, 2**40],
    parameters=[{}, {"date": None}],
    overrides=[{}, {"cpu": 1, "memory": 9}, {"capacity": ["FARGATE"]}],
    retryStrategy=[{}, {"attempts": 1, "rules": RULES[:1], "backoff": {"factor": 3}}],
    correlationId=["order-7", "ö" * 128],
    traceparent=["anything"],
    requestedBy=["ada"],
    labels=[{}, {"a/b": ""}, {"a": "b" * 256}],
    priority=[1],
)


@given(SUBMISSIONS)
@settings(max_examples=300)
def test_a_request_that_is_accepted_is_valid(changes):
    body = a_request() | changes
    try:
        parse_request(json.dumps(body), pinned_tenant=None, now=NOW)
    except InvalidRequest:
        return
    assert REQUESTS.is_valid(body), body


def test_the_requests_of_the_repository_are_valid():
    others = [
        {"type": "cancel", "jobId": "a" * 26},
        {"type": "rerun", "jobId": "a" * 26, "version": "latest"},
    ]
    base = {"schemaVersion": "1", "idempotencyKey": "key"}
    for body in [a_request(), *(base | other for other in others)]:
        parse_request(json.dumps(body), pinned_tenant=None, now=NOW)
        assert REQUESTS.is_valid(body), body


def is_accepted(document: dict[str, Any]) -> bool:
    try:
        parse_definition(document)
    except InvalidDefinition:
        return False
    return True


@given(
    some(
        taskDefinition=["family", "family:7"],
        command=[["run", "Ref::date"], ["run"]],
        parameters=[{"type": "object", "properties": {"date": {"default": "x"}}}],
        capacity=[["FARGATE"], ["FARGATE_SPOT", "FARGATE"], ["builders"], []],
        cpu=[256, 1024],
        memory=[[512], [512, 1024], [1024, 512], []],
        ephemeralStorageGiB=[21, 200],
        overridesAllowed=[{}, {"cpu": {"min": 256, "max": 512}}, {"cpu": {"min": 1}}],
        timeoutSeconds=[1, 1_209_600],
        timeoutSecondsMax=[7200],
        startTimeoutSeconds=[60],
        retryStrategy=[{}, {"attempts": 3, "rules": RULES[:1]}, {"rules": RULES}],
        exitCodes=[{}, {"reject": [7], "tryLater": []}],
        onUnknown=["lost", "retry"],
        isolation=["trusted", "untrusted"],
        owner=["team"],
        description=["words"],
        surprise=[1],
    )
)
@settings(max_examples=300)
def test_a_definition_that_is_accepted_is_valid(changes):
    document = a_definition_document() | changes
    if is_accepted(document):
        assert DEFINITIONS.is_valid(document), document


def test_the_definitions_of_the_repository_are_valid():
    files = [*ROOT.glob("jobs/*.yaml"), *ROOT.glob("examples/**/jobs/*.yaml")]
    assert len(files) > 8
    for path in files:
        document = yaml.safe_load(path.read_text())
        assert is_accepted(document), path
        assert DEFINITIONS.is_valid(document), path


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "no spaces"},
        {"owner": None},
        {"timeoutSeconds": 0},
        {"timeoutSeconds": "60"},
        {"capacity": []},
        {"capacity": ["FARGATE", "FARGATE"]},
        {"capacity": "FARGATE"},
        {"memory": 512},
        {"memory": [3]},
        {"command": []},
        {"command": [1]},
        {"parameters": {"type": 7}},
        {"parameters": []},
        {"retryStrategy": {"attempts": 11}},
        {"retryStrategy": {"rules": [{"action": "RETRY"}]}},
        {"retryStrategy": {"rules": [{"onExitCode": "x", "action": "RETRY"}]}},
        {"retryStrategy": {"rules": [{"onExitCode": "1", "action": "retry"}]}},
        {"retryStrategy": {"backoff": {"factor": 11}}},
        {"overridesAllowed": {"cpu": 256}},
        {"overridesAllowed": {"image": True}},
        {"exitCodes": {"reject": [0]}},
        {"onUnknown": "succeed"},
        {"isolation": "hostile"},
        {"surprise": 1},
    ],
    ids=json.dumps,
)
def test_a_definition_of_the_wrong_form_is_refused_by_both(changes):
    document = a_definition_document(**changes)
    assert not is_accepted(document)
    assert not DEFINITIONS.is_valid(document)


@given(st.dictionaries(st.sampled_from(["date", "format", "x"]), st.sampled_from(JUNK)))
def test_a_jobs_own_schema_decides_as_dispatch_does(parameters):
    registered = a_registered()
    published = validator_type()(parameters_schema(registered))
    fault = parameter_fault(registered.definition.parameters, parameters)
    assert published.is_valid(parameters) == (fault is None)


@pytest.mark.parametrize("schema", [request_schema(), definition_schema()])
def test_a_published_schema_is_one(schema):
    validator_type().check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].startswith("urn:headrace:schemas:")
