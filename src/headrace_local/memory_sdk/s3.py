"""Amazon S3 in memory, called like boto3's low-level client: objects, whole.

What nobody here asks for is left out: versions, conditions, parts, ranges.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from http import HTTPStatus
from io import BytesIO
from threading import RLock
from typing import Any

from headrace_local.memory_sdk.calls import api_call
from headrace_local.memory_sdk.service_errors import Refused, answer

_PUT = "ChecksumSHA256 ContentType"


class MemoryS3:
    """Buckets in memory. Threads may share it; its calls are made one at a time."""

    def __init__(self) -> None:
        self._buckets: dict[str, dict[str, bytes]] = {}
        self._lock = RLock()

    def content(self, bucket_name: str, key: str) -> bytes | None:
        """Return an object as it is, without a call; None where there is none.

        Raises:
            KeyError: There is no such bucket.
        """
        with self._lock:
            return self._buckets[bucket_name].get(key)

    @api_call("CreateBucket", "Bucket", "CreateBucketConfiguration")
    def create_bucket(self, request: dict[str, Any]) -> dict[str, Any]:
        """Create a bucket; one that is there already is left as it is."""
        self._buckets.setdefault(request["Bucket"], {})
        return answer(Location=f"/{request['Bucket']}")

    @api_call("PutObject", "Bucket Key Body", _PUT)
    def put_object(self, request: dict[str, Any]) -> dict[str, Any]:
        """Store an object, over one that has the key."""
        content = bytes(request["Body"])
        digest = b64encode(sha256(content).digest()).decode()
        if request.get("ChecksumSHA256", digest) != digest:
            raise Refused("BadDigest", "The SHA256 you specified did not match.")
        self._bucket(request)[request["Key"]] = content
        return answer(ChecksumSHA256=digest)

    @api_call("GetObject", "Bucket Key", "")
    def get_object(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return an object."""
        content = self._bucket(request).get(request["Key"])
        if content is None:
            raise Refused(
                "NoSuchKey",
                "The specified key does not exist.",
                status=HTTPStatus.NOT_FOUND,
            )
        return answer(Body=BytesIO(content), ContentLength=len(content))

    def _bucket(self, request: dict[str, Any]) -> dict[str, bytes]:
        bucket = self._buckets.get(request["Bucket"])
        if bucket is None:
            raise Refused(
                "NoSuchBucket",
                "The specified bucket does not exist",
                status=HTTPStatus.NOT_FOUND,
            )
        return bucket
