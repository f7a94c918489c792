"""`ParameterStore` on S3: one object for each job whose parameters are large."""

from __future__ import annotations

from base64 import b64encode
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import ClientError

from headrace.aws.table_errors import busy_told, error_code
from headrace.errors import ParametersBusy, StoreBusy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from headrace.launches.parameter_objects import ParameterObject

BUSY_CODES = frozenset({"OperationAborted", "RequestTimeout", "SlowDown"})
"""Codes below 500 after which the same call may succeed, and the one for throttles.

Source: Amazon S3 API Reference, "Error responses".
"""


def bucket_client_config(connections_max: int) -> Config:
    """Return the settings of the client: a write that hangs may not hang a batch.

    All its tries end well within the minute that an invocation has.
    """
    return Config(
        connect_timeout=3,
        read_timeout=8,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=connections_max,
    )


class ParameterBucket:
    """The objects in one bucket. Threads may share it.

    Args:
        client: A low-level client.
        bucket_name: The bucket's; how it encrypts is its own setting.
    """

    def __init__(self, client: S3Client, bucket_name: str) -> None:
        self._client = client
        self._bucket_name = bucket_name

    def uri(self, key: str) -> str:
        """See `ParameterStore`."""
        return f"s3://{self._bucket_name}/{key}"

    def keep(self, kept: ParameterObject) -> None:
        """See `ParameterStore`. S3 compares what it got with the checksum."""
        with _busy_told(f"keep parameters {kept.key}"):
            self._client.put_object(
                Bucket=self._bucket_name,
                Key=kept.key,
                Body=kept.content,
                ContentType="application/json",
                ChecksumSHA256=b64encode(bytes.fromhex(kept.sha256)).decode(),
            )

    def read(self, uri: str) -> bytes | None:
        """See `ParameterStore`. The address names the bucket, maybe an older one."""
        bucket_name, _, key = uri.removeprefix("s3://").partition("/")
        try:
            with _busy_told(f"read parameters {key}"):
                answer = self._client.get_object(Bucket=bucket_name, Key=key)
                return answer["Body"].read()
        except ClientError as error:
            if error_code(error) != "NoSuchKey":
                raise
            return None


@contextmanager
def _busy_told(action: str) -> Iterator[None]:
    """Raise what may pass by waiting as `ParametersBusy`; the rest as it is."""
    try:
        with busy_told(action):
            yield
    except StoreBusy as error:
        raise ParametersBusy(str(error)) from error
    except ClientError as error:
        if error_code(error) not in BUSY_CODES:
            raise
        raise ParametersBusy(f"{action}: {error}") from error
