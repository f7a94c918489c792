"""Parameters that are in S3, of requests whose records only say where."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from headrace_client.aws_problems import speaking_to_aws
from headrace_client.errors import ClientError, NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

    from headrace.requests.request import SpilledParameters, SubmitRequest

OBJECTS_MAX = 100
"""Objects read: each may have a megabyte."""


class _UnreadError(Exception):
    """An object was not read; the text says why."""


class LargeParameters:
    """Reads objects, so many at most, and keeps what went wrong.

    Args:
        s3: Makes a low-level client; not called where nothing is in S3.
        objects_max: How many are read.

    Attributes:
        unread: How many requests could not be made whole.
        problem: Why, of the last of them.
    """

    def __init__(
        self, s3: Callable[[], S3Client], objects_max: int = OBJECTS_MAX
    ) -> None:
        self.unread = 0
        self.problem = ""
        self._s3 = s3
        self._objects_max = objects_max
        self._asked = 0
        self._denied: NotAllowedError | None = None

    def whole(self, request: SubmitRequest) -> SubmitRequest | None:
        """Return a request with all of its parameters; None where they are unread."""
        if request.spilled is None:
            return request
        try:
            content = self._content(request.spilled)
        except _UnreadError as error:
            self.unread += 1
            self.problem = str(error).rstrip(".")
            return None
        return replace(request, parameters=json.loads(content), spilled=None)

    def _content(self, spilled: SpilledParameters) -> bytes:
        if self._denied is not None:
            raise _UnreadError(self._denied.problem)
        if self._asked >= self._objects_max:
            raise _UnreadError(f"only {self._objects_max} are read")
        self._asked += 1
        bucket, _, key = spilled.uri.removeprefix("s3://").partition("/")
        try:
            with speaking_to_aws("read parameters in S3"):
                content = self._s3().get_object(Bucket=bucket, Key=key)["Body"].read()
        except NotAllowedError as error:
            self._denied = error  # it would be so for the others
            raise _UnreadError(error.problem) from error
        except ClientError as error:
            raise _UnreadError(error.problem) from error
        if hashlib.sha256(content).hexdigest() != spilled.sha256:
            raise _UnreadError("an object is not what was stored")
        return content
