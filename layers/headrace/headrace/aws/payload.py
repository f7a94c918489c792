r"""The request and the frozen order, packed into one binary attribute. Pure.

Two lines of JSON, compressed together, because the order repeats the request. To read
one by hand: ``zlib.decompressobj(zdict=DICTIONARY).decompress(payload)``.
"""

from __future__ import annotations

import zlib

# What nearly every order says, so that it costs a few bytes and not hundreds: an item
# is charged by the kilobyte, four times over a job's life. It is part of the format:
# a changed dictionary is another one, and records of the old one must stay readable
# (a stream names its dictionary by checksum).
DICTIONARY = (
    b'"correlationId":""labels":{"priority":"requestedBy":""timeoutSeconds":'
    b'"traceparent":"00--01""tenant":"default"}true,false,null,https://s3://'
    b'{"idempotencyKey":"","jobName":"","parameters":{"schemaVersion":"1"}\n'
    b'"ephemeralStorage":{"sizeInGiB":"memory":""cpu":"'
    b'{"capacityProviderStrategy":[{"capacityProvider":"FARGATE_SPOT","weight":1}],'
    b'{"capacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":1}],'
    b'"clientToken":"-1-1","cluster":"arn:aws:ecs:us-east-1:123456789012:cluster/'
    b'headrace","count":1,"group":"headrace:","networkConfiguration":'
    b'{"awsvpcConfiguration":{"assignPublicIp":"DISABLED"ENABLED","securityGroups":'
    b'["sg-0"],"subnets":["subnet-0","subnet-0"]}},"overrides":{"containerOverrides":'
    b'[{"command":["environment":[{"name":"JOB_ID","value":"'
    b'"},{"name":"JOB_NAME","value":""},{"name":"JOB_VERSION","value":"1'
    b'"},{"name":"JOB_ATTEMPT","value":"1"},{"name":"JOB_TENANT","value":"default'
    b'"},{"name":"JOB_CORRELATION_ID","value":"'
    b'"},{"name":"JOB_TIMEOUT_SECONDS","value":"3600'
    b'"},{"name":"TRACEPARENT","value":"00-'
    b'-01"},{"name":"JOB_PARAMETERS","value":"{\\"\\":\\"\\",\\"}"}],"name":"main"}]},'
    b'"startedBy":"-1-1","taskDefinition":"arn:aws:ecs:us-east-1:123456789012:'
    b'task-definition/headrace-job-:1"}'
)

_LEVEL = 9


def packed(request_json: str, order_json: str | None) -> bytes:
    """Return the attribute's value.

    Raises:
        ValueError: One of the two is not JSON on one line.
    """
    lines = [request_json] if order_json is None else [request_json, order_json]
    if any("\n" in line for line in lines):
        raise ValueError("request_json, order_json: must be JSON on one line")
    compressor = zlib.compressobj(_LEVEL, zdict=DICTIONARY)
    # What a person typed may hold what UTF-8 cannot say; it must come back as it was.
    text = "\n".join(lines).encode("utf-8", "surrogatepass")
    return compressor.compress(text) + compressor.flush()


def unpacked(payload: bytes) -> tuple[str, str | None]:
    """Return the request, and the order where there is one.

    Raises:
        ValueError: The bytes are damaged, or packed with another dictionary.
    """
    try:
        stream = zlib.decompressobj(zdict=DICTIONARY)
        text = stream.decompress(payload)
    except zlib.error as error:
        raise ValueError(f"payload: {error}") from error
    if not stream.eof:
        raise ValueError("payload: ends too early")
    request_json, _, order_json = text.decode("utf-8", "surrogatepass").partition("\n")
    return request_json, order_json or None
