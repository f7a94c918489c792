"""What every `ParameterStore` promises, in memory and on each S3."""

from __future__ import annotations

from hashlib import sha256

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from headrace.aws.parameter_bucket import ParameterBucket
from headrace.errors import ParametersBusy
from headrace.launches.parameter_objects import ParameterObject
from headrace_local.memory import MemoryParameters, Moment
from headrace_local.memory_sdk import MemoryS3
from headrace_local.simulation.sdk_errors import an_error

BUCKET_NAME = "headrace-parameters"
CREDENTIALS = {
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
    "region_name": "us-east-1",
}
SIZES = [0, 1, 4097, 900_000]


def an_object(content=b'{"a":"\xc3\xa9"}', *, key="90-days/report/abc/1.json"):
    return ParameterObject(key, content, sha256(content).hexdigest())


def a_client(kind, request):
    """Return a client of an S3 with one bucket."""
    if kind == "memory_sdk":
        client = MemoryS3()
    elif kind == "moto":
        request.getfixturevalue("moto_s3")
        client = boto3.client("s3", **CREDENTIALS)
    else:
        url = request.getfixturevalue("ministack_url")
        client = boto3.client("s3", endpoint_url=url, **CREDENTIALS)
    client.create_bucket(Bucket=BUCKET_NAME)
    return client


@pytest.fixture
def moto_s3():
    """An S3 inside this process."""
    with mock_aws():
        yield


@pytest.fixture(params=["memory", "memory_sdk", "moto", "ministack"])
def store(request):
    """A store over each S3, and the fake."""
    if request.param == "memory":
        return MemoryParameters(BUCKET_NAME)
    return ParameterBucket(a_client(request.param, request), BUCKET_NAME)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_kept_is_read_at_its_address(store, size):
    kept = an_object(bytes(range(256)) * (size // 256) + b"x" * (size % 256))

    store.keep(kept)

    assert store.uri(kept.key) == f"s3://{BUCKET_NAME}/{kept.key}"
    assert store.read(store.uri(kept.key)) == kept.content


def test_an_address_is_told_before_anything_is_there(store):

    uri = store.uri("90-days/report/abc/absent.json")

    assert uri == f"s3://{BUCKET_NAME}/90-days/report/abc/absent.json"
    assert store.read(uri) is None


def test_keeping_again_changes_nothing(store):
    other = an_object(b"{}", key="90-days/report/abc/2.json")
    for kept in (an_object(), other, an_object()):
        store.keep(kept)

    assert store.read(store.uri(an_object().key)) == an_object().content
    assert store.read(store.uri(other.key)) == other.content


@pytest.mark.parametrize("kind", ["memory_sdk", "ministack"])  # moto does not look
def test_s3_refuses_what_is_not_what_the_checksum_says(kind, request):
    store = ParameterBucket(a_client(kind, request), BUCKET_NAME)
    damaged = ParameterObject("90-days/report/abc/1.json", b"{}", "0" * 64)

    with pytest.raises(ClientError):
        store.keep(damaged)


@pytest.mark.parametrize("moment", Moment)
def test_the_fake_fails_on_demand_before_or_after(moment):
    store = MemoryParameters()
    store.faults.plan("keep", moment)

    with pytest.raises(ParametersBusy):
        store.keep(an_object())

    is_there = store.read(store.uri(an_object().key)) is not None
    assert is_there is (moment is Moment.AFTER)
    store.keep(an_object())
    assert store.read(store.uri(an_object().key)) == an_object().content


class Failing:
    """S3 that answers every write with one error."""

    def __init__(self, error):
        self.error = error

    def put_object(self, **_):
        raise self.error

    get_object = put_object


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("SlowDown", 503),
        ("InternalError", 500),
        ("ServiceUnavailable", 503),
        ("RequestTimeout", 400),
        ("OperationAborted", 409),
    ],
)
def test_what_may_pass_by_waiting_is_a_busy_store(code, status):
    store = ParameterBucket(Failing(an_error(code, status)), BUCKET_NAME)

    with pytest.raises(ParametersBusy, match=r"keep parameters 90-days/report/abc/1"):
        store.keep(an_object())
    with pytest.raises(ParametersBusy, match=r"read parameters 90-days/report/abc/1"):
        store.read(store.uri(an_object().key))


@pytest.mark.parametrize(
    ("code", "status"), [("AccessDenied", 403), ("NoSuchBucket", 404)]
)
def test_what_waiting_does_not_mend_is_told_as_it_is(code, status):
    store = ParameterBucket(Failing(an_error(code, status)), BUCKET_NAME)

    with pytest.raises(ClientError, match=code):
        store.keep(an_object())
    with pytest.raises(ClientError, match=code):
        store.read(store.uri(an_object().key))


def test_nobody_listening_is_a_busy_store():
    nowhere = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:9",  # the discard port
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
        **CREDENTIALS,
    )

    with pytest.raises(ParametersBusy):
        ParameterBucket(nowhere, BUCKET_NAME).keep(an_object())
