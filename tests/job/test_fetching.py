"""Parameters from S3: signed as botocore signs, compared, tried again, or given up."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as PeerCredentials

import headrace_job
from headrace_job import REJECT, TRIES_MAX, TRY_LATER, Credentials, signed_headers

AT = datetime(2026, 11, 22, 10, 0, 5, tzinfo=UTC)
CONTENT = json.dumps({"date": "2026-11-22", "rows": ["é" * 1000] * 400}).encode()
URI = "s3://bucket/90-days/report/abc/0.json"
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s3cr3t/+"}
DENIED = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"


def variables(place, **changes):
    """What a container has whose parameters are in S3."""
    found = {
        "JOB_PARAMETERS_S3_URI": URI,
        "JOB_PARAMETERS_SHA256": sha256(CONTENT).hexdigest(),
        "AWS_ENDPOINT_URL": place.url,
        "AWS_REGION": "eu-west-1",
        **KEYS,
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def ending(environment):
    with pytest.raises(headrace_job.Ending) as ended:
        headrace_job.parameters(environment=environment)
    return ended.value


def signed_by_botocore(url, region, credentials, monkeypatch):
    """The headers that the AWS SDK sends for the same GET at the same time."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **_: AT)
    request = AWSRequest("GET", url)
    peer = PeerCredentials(credentials.key_id, credentials.secret, credentials.token)
    botocore.auth.S3SigV4Auth(peer, "s3", region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@pytest.mark.parametrize("token", [None, "token/with+signs=="])
@pytest.mark.parametrize(
    "url",
    [
        "https://bucket.s3.eu-west-1.amazonaws.com/90-days/report/abc/0.json",
        "http://127.0.0.1:4566/bucket/key-with_all.of~these/x",
        "https://bucket.s3.eu-west-1.amazonaws.com/with%20space/%C3%A9%2B",
    ],
)
def test_requests_are_signed_as_the_aws_sdk_signs_them(url, token, monkeypatch):
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCY", token)

    ours = signed_headers(url, "eu-west-1", credentials, AT)

    theirs = signed_by_botocore(url, "eu-west-1", credentials, monkeypatch)
    assert ours["Authorization"] == theirs["authorization"]
    assert (
        theirs.items()
        >= {
            name.lower(): value for name, value in ours.items() if name != "host"
        }.items()
    )


def test_the_object_is_read_where_the_endpoint_is(serving):
    with serving(CONTENT) as s3:
        found = headrace_job.parameters(environment=variables(s3))

    assert found == json.loads(CONTENT)
    ((path, headers),) = s3.asked
    assert path == "/bucket/90-days/report/abc/0.json"
    assert "/eu-west-1/s3/aws4_request" in headers["Authorization"]


def test_an_endpoint_of_s3s_own_comes_first(serving):
    with serving(CONTENT) as s3, serving((500, b"")) as others:
        changes = {"AWS_ENDPOINT_URL_S3": s3.url, "AWS_ENDPOINT_URL": others.url}
        headrace_job.parameters(environment=variables(s3, **changes))

    assert others.asked == []


@pytest.mark.parametrize(
    "trouble", [(503, b"<Code>SlowDown</Code>"), (500, b""), CONTENT[:-1]]
)
def test_what_may_pass_is_tried_again(serving, trouble):
    with serving(trouble, trouble, CONTENT) as s3:
        assert headrace_job.parameters(environment=variables(s3)) == json.loads(CONTENT)

    assert len(s3.asked) == 3


def test_when_s3_stays_away_the_job_starts_again_later(serving, capsys):
    with serving((503, b"<Code>SlowDown</Code>")) as s3:
        ended = ending(variables(s3))

    assert ended.code == TRY_LATER
    assert len(s3.asked) == TRIES_MAX
    assert capsys.readouterr().err == (
        f"headrace_job: {URI} could not be read: 503 SlowDown\n"
    )


def test_when_nobody_listens_the_job_starts_again_later(serving):
    with serving(CONTENT) as s3:
        environment = variables(s3)

    assert ending(environment).code == TRY_LATER


@pytest.mark.parametrize("status", [403, 404])
def test_what_is_not_allowed_or_not_there_is_not_tried_again(serving, status, capsys):
    with serving((status, DENIED)) as s3:
        ended = ending(variables(s3))

    assert ended.code == REJECT
    assert len(s3.asked) == 1
    said = capsys.readouterr().err
    assert f"S3 does not give {URI}: {status} AccessDenied" in said
    assert "JobParametersPolicy" in said


def test_another_content_than_was_sent_is_never_used(serving, capsys):
    with serving(b'{"date": "evil"}') as s3:
        ended = ending(variables(s3))

    assert ended.code == REJECT
    assert "not what JOB_PARAMETERS_SHA256 says" in capsys.readouterr().err


ROLE = json.dumps(
    {"AccessKeyId": "ASIA", "SecretAccessKey": "secret", "Token": "session"}
).encode()
NO_KEYS = dict.fromkeys(KEYS)


@pytest.mark.parametrize("kind", ["variable", "file"])
def test_the_task_roles_credentials_come_from_its_endpoint(serving, kind, tmp_path):
    token_file = tmp_path / "token"
    token_file.write_text("let me in\n")
    token = {
        "variable": {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "let me in"},
        "file": {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token_file)},
    }[kind]
    with serving(ROLE) as role, serving(CONTENT) as s3:
        full = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{role.url}/v1/credentials"}
        headrace_job.parameters(environment=variables(s3, **NO_KEYS, **full, **token))

    ((path, headers),) = role.asked
    assert path == "/v1/credentials"
    assert headers["Authorization"] == "let me in"
    sent = {name.lower(): value for name, value in s3.asked[0][1].items()}
    assert sent["authorization"].startswith("AWS4-HMAC-SHA256 Credential=ASIA/")
    assert sent["x-amz-security-token"] == "session"


def test_on_ecs_the_endpoint_is_a_path_at_its_own_address(serving, monkeypatch):
    asked = []
    monkeypatch.setattr(
        headrace_job,
        "_local",
        lambda url, headers: asked.append((url, headers)) or ROLE,
    )
    with serving(CONTENT) as s3:
        relative = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1-2"}
        headrace_job.parameters(environment=variables(s3, **NO_KEYS, **relative))

    assert asked == [("http://169.254.170.2/v2/credentials/1-2", {})]


def test_a_credentials_endpoint_that_fails_may_pass(serving):
    with serving((500, b""), ROLE) as role, serving(CONTENT) as s3:
        full = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": role.url}
        found = headrace_job.parameters(environment=variables(s3, **NO_KEYS, **full))

    assert found == json.loads(CONTENT)


def test_a_task_without_a_role_is_told_so(serving, capsys):
    with serving(CONTENT) as s3:
        ended = ending(variables(s3, **NO_KEYS))

    assert ended.code == REJECT
    assert "this task has no role" in capsys.readouterr().err


def test_the_region_is_the_tasks_where_no_variable_says_it(serving):
    arn = "arn:aws:ecs:eu-north-1:123456789012:task/headrace/abc"
    task = json.dumps({"TaskARN": arn}).encode()
    with serving(task) as metadata, serving(CONTENT) as s3:
        place = {"AWS_REGION": None, "ECS_CONTAINER_METADATA_URI_V4": metadata.url}
        headrace_job.parameters(environment=variables(s3, **place))

    assert metadata.asked[0][0] == "/task"
    assert "/eu-north-1/s3/" in s3.asked[0][1]["Authorization"]


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "bucket.s3.eu-west-1.amazonaws.com"),
        ("cn-north-1", "bucket.s3.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_without_an_endpoint_s3_is_asked_in_the_tasks_region(region, host):
    environment = {"AWS_REGION": region, **KEYS}

    url = headrace_job.object_url("bucket", "90-days/a b/é.json", region, environment)

    assert url == f"https://{host}/90-days/a%20b/%C3%A9.json"
