"""What a Headrace job's own code needs in its container, of the standard library alone.

    import headrace_job

    @dataclass
    class Report:
        date: date
        format: str = "pdf"

    report = headrace_job.parameters(Report)
    if headrace_job.job().attempt > 1:
        ...

Works from Python 3.9 on. Install it, or copy this one file: it imports nothing else.
The contract that it keeps, for other languages too, is docs/container-contract.md.
"""

# Longer than other modules because it is meant to be copied as one file.

from __future__ import annotations

import dataclasses
import enum
import hashlib
import hmac
import http.client
import json
import os
import signal
import sys
import threading
import time
import types
import typing
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar, Union, overload

__all__ = [
    "REJECT",
    "SUCCESS",
    "TRY_LATER",
    "Ending",
    "Job",
    "job",
    "parameters",
    "reject",
    "stop_event",
    "try_later",
]

SUCCESS = 0
"""The job is done."""
REJECT = 3
"""This can never work: the job fails, and is not tried again."""
TRY_LATER = 4
"""Nothing to do yet: the job starts again after a while, and no attempt is used up."""

TRIES_MAX = 5
TIMEOUT_SECONDS = 10.0
_BACKOFF_SECONDS = 0.5
_BEGAN_AT = datetime.now(timezone.utc)

_T = TypeVar("_T")
_Json = Any  # what JSON may hold
_Type = Any  # what stands after a field's colon
_Made = Any  # a value of such a type


class Ending(SystemExit):
    """The end of the process, whose reason stands on standard error.

    It is no `Exception`, so that code which catches those ends all the same.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code)
        self.message = message
        sys.stderr.write(message + "\n")
        sys.stderr.flush()


def reject(message: str) -> NoReturn:
    """End with exit code 3: this can never work, so do not try again.

    Raises:
        Ending: Always.
    """
    raise Ending(REJECT, message)


def try_later(message: str) -> NoReturn:
    """End with exit code 4: nothing is wrong, and there is nothing to do yet.

    Raises:
        Ending: Always.
    """
    raise Ending(TRY_LATER, message)


# -- the job -----------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Job:
    """What the container is told of its job.

    Attributes:
        job_id: The same in every attempt, so it can name what the job writes.
        attempt: From 1.
        timeout_seconds: Of this attempt; then the task is stopped.
    """

    job_id: str
    name: str
    version: int
    attempt: int
    tenant: str
    timeout_seconds: int
    correlation_id: str | None = None
    traceparent: str | None = None

    @property
    def deadline_at(self) -> datetime:
        """When the task is stopped at the latest, in UTC.

        Counted from the import of this module, a few seconds after ECS began to count:
        be done a little earlier.
        """
        return _BEGAN_AT + timedelta(seconds=self.timeout_seconds)

    @property
    def seconds_left(self) -> float:
        """How long until then; negative afterwards."""
        return (self.deadline_at - datetime.now(timezone.utc)).total_seconds()


def job(environment: Mapping[str, str] | None = None) -> Job:
    """Return the job that this container runs for.

    Raises:
        RuntimeError: This is no Headrace job's container.
    """
    env = os.environ if environment is None else environment
    return Job(
        job_id=_needed(env, "JOB_ID"),
        name=_needed(env, "JOB_NAME"),
        version=int(_needed(env, "JOB_VERSION")),
        attempt=int(_needed(env, "JOB_ATTEMPT")),
        tenant=_needed(env, "JOB_TENANT"),
        timeout_seconds=int(_needed(env, "JOB_TIMEOUT_SECONDS")),
        correlation_id=env.get("JOB_CORRELATION_ID"),
        traceparent=env.get("TRACEPARENT"),
    )


def stop_event() -> threading.Event:
    """Return an event that is set once the task is to stop (SIGTERM).

    From now on SIGTERM does not end the process: look at the event, save what is done,
    and end before the container's `stopTimeout` (30 s by default) is over. A job that
    was stopped did not succeed, whatever its exit code. Call it in the main thread.
    """
    event = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: event.set())
    return event


def _needed(env: Mapping[str, str], name: str) -> str:
    if name not in env:
        raise RuntimeError(
            f"{name} is not set: this is no Headrace job's container. To try a job on"
            " your own machine, set the variables of docs/container-contract.md."
        )
    return env[name]


# -- parameters --------------------------------------------------------------------


@overload
def parameters(
    into: None = None, *, environment: Mapping[str, str] | None = None
) -> dict[str, Any]: ...


@overload
def parameters(
    into: type[_T], *, environment: Mapping[str, str] | None = None
) -> _T: ...


def parameters(
    into: type[_T] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
) -> Any:
    """Return the job's parameters, wherever they are.

    Large ones are read from S3, with the task role, and compared with their checksum.

    Args:
        into: A dataclass; None returns the JSON object as it is. A field is filled from
            the parameter of its name, or of its name in camel case (`max_rows` from
            `maxRows`), and from its default where there is none. Its type may be `str`,
            `int`, `float`, `bool`, `date`, `datetime`, an `Enum`, a `Literal`, `Any`,
            another dataclass, and `list`, `tuple`, `dict`, `Optional` or `Union` of
            those. Parameters without a field are passed over: the job definition's
            schema says which there may be.
        environment: Instead of the process's own.

    Raises:
        Ending: With `REJECT` where the parameters do not fit `into`, or cannot be read
            whatever is tried (not there, not allowed, not what the checksum says); with
            `TRY_LATER` where S3 or the credentials' endpoint did not answer.
        RuntimeError: This is no Headrace job's container.
    """
    env = os.environ if environment is None else environment
    inline = env.get("JOB_PARAMETERS")
    if inline is None:
        if "JOB_PARAMETERS_S3_URI" not in env:
            _needed(env, "JOB_PARAMETERS")
        content = _fetched(env).decode()
    else:
        content = inline
    value = json.loads(content)
    if into is None:
        return value
    try:
        return _converted(value, into, "parameters")
    except _Misfit as misfit:
        reject(str(misfit))


class _Misfit(ValueError):
    """A parameter that is not what the job's code takes."""


def _converted(value: _Json, wanted: _Type, where: str) -> _Made:
    """Return a JSON value as a value of the wanted type, or raise `_Misfit`."""
    origin: _Type = typing.get_origin(wanted)
    arguments = typing.get_args(wanted)
    if wanted is Any or (origin is typing.Literal and value in arguments):
        return value
    if origin in (Union, getattr(types, "UnionType", Union)):
        return _one_of(value, wanted, arguments, where)
    if dataclasses.is_dataclass(wanted) and isinstance(value, dict):
        return _filled(value, wanted, where)
    if origin in (list, tuple) and isinstance(value, list):
        each = arguments[0] if arguments else Any
        found = [_converted(v, each, f"{where}[{i}]") for i, v in enumerate(value)]
        return found if origin is list else tuple(found)
    if origin is dict and isinstance(value, dict):
        each = arguments[1] if arguments else Any
        return {k: _converted(v, each, f"{where}.{k}") for k, v in value.items()}
    try:
        return _plain(value, wanted)
    except (TypeError, ValueError):
        raise _Misfit(
            f"{where}: must be {_name_of(wanted)}, but is {json.dumps(value)[:80]}"
        ) from None


def _plain(value: _Json, wanted: _Type) -> _Made:
    """Return a single value, or raise `TypeError` or `ValueError`."""
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return wanted(value)
    if wanted is datetime:
        return datetime.fromisoformat(value.replace("Z", "+00:00"))
    if wanted is date:
        return date.fromisoformat(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if wanted is float and is_number:
        return float(value)
    if wanted is int and is_number and value == int(value):
        return int(value)
    if wanted in (str, bool, list, dict, type(None)) and isinstance(value, wanted):
        return value
    raise ValueError


def _one_of(value: _Json, wanted: _Type, options: tuple[Any, ...], where: str) -> _Made:
    others = [each for each in options if each is not type(None)]
    if value is None and len(others) < len(options):
        return None
    if len(others) == 1:
        return _converted(value, others[0], where)
    for each in others:
        try:
            return _converted(value, each, where)
        except _Misfit:  # noqa: PERF203 - options are few
            continue
    raise _Misfit(
        f"{where}: must be {_name_of(wanted)}, but is {json.dumps(value)[:80]}"
    )


def _filled(value: dict[str, Any], wanted: _Type, where: str) -> _Made:
    hints = typing.get_type_hints(wanted)
    found: dict[str, Any] = {}
    for field in dataclasses.fields(wanted):
        head, *rest = field.name.split("_")
        names = (field.name, head + "".join(map(str.capitalize, rest)))
        name = next((each for each in names if each in value), None)
        if name is not None:
            found[field.name] = _converted(
                value[name], hints[field.name], f"{where}.{name}"
            )
        elif (
            field.default is dataclasses.MISSING
            and field.default_factory is dataclasses.MISSING
        ):
            raise _Misfit(f"{where}.{field.name}: is required, but missing")
    return wanted(**found)


def _name_of(wanted: _Type) -> str:
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return "one of " + ", ".join(json.dumps(each.value) for each in wanted)
    origin: _Type = typing.get_origin(wanted)
    if origin is typing.Literal:
        return "one of " + ", ".join(map(json.dumps, typing.get_args(wanted)))
    if wanted is date:
        return "a date such as 2026-11-22"
    if wanted is datetime:
        return "a time such as 2026-11-22T10:00:00Z"
    return str(getattr(wanted, "__name__", wanted))


# -- S3 ----------------------------------------------------------------------------


def _fetched(env: Mapping[str, str]) -> bytes:
    """Return the object that the variables name, as its checksum says it is."""
    uri = _needed(env, "JOB_PARAMETERS_S3_URI")
    digest = _needed(env, "JOB_PARAMETERS_SHA256")
    trouble = ""
    for number in range(TRIES_MAX):
        if number:
            time.sleep(_BACKOFF_SECONDS * 2**number)
        try:
            content = _read_object(uri, env)
        except urllib.error.HTTPError as error:
            trouble = f"{error.code} {_code_in(error)}".strip()
            if error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                reject(
                    f"headrace_job: S3 does not give {uri}: {trouble}. The task role"
                    " needs s3:GetObject on it (the stack's JobParametersPolicy), and"
                    " the object must still be there."
                )
            continue
        except (OSError, http.client.HTTPException) as error:
            trouble = str(error) or type(error).__name__
            continue
        if hashlib.sha256(content).hexdigest() == digest:
            return content
        trouble = "it is not what JOB_PARAMETERS_SHA256 says"
    message = f"headrace_job: {uri} could not be read: {trouble}"
    if "SHA256" in trouble:
        reject(message)
    try_later(message)


def _read_object(uri: str, env: Mapping[str, str]) -> bytes:
    bucket, _, key = uri[len("s3://") :].partition("/")
    region = _region(env)
    url = object_url(bucket, key, region, env)
    headers = signed_headers(url, region, _credentials(env), datetime.now(timezone.utc))
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - S3's
    opener = urllib.request.build_opener()
    with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
        return bytes(answer.read())


def object_url(bucket: str, key: str, region: str, env: Mapping[str, str]) -> str:
    """Return where S3 has an object: at AWS, or where the SDKs' variables say."""
    path = "/" + urllib.parse.quote(key, safe="/-_.~")
    endpoint = env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL")
    if endpoint:
        return f"{endpoint.rstrip('/')}/{bucket}{path}"
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{bucket}.s3.{region}.{suffix}{path}"


@dataclasses.dataclass(frozen=True)
class Credentials:
    """Those of the task role."""

    key_id: str
    secret: str
    token: str | None = None


def signed_headers(
    url: str, region: str, credentials: Credentials, at: datetime
) -> dict[str, str]:
    """Return the headers that let S3 answer a GET.

    Source: Amazon S3 API Reference, "Signature Calculations for the Authorization
    Header: Transferring Payload in a Single Chunk (AWS Signature Version 4)".
    """
    parts = urllib.parse.urlsplit(url)
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    nothing = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": parts.netloc,
        "x-amz-content-sha256": nothing,
        "x-amz-date": stamp,
    }
    if credentials.token:
        headers["x-amz-security-token"] = credentials.token
    names = ";".join(headers)
    lines = [f"{name}:{value}" for name, value in headers.items()]
    canonical = "\n".join(["GET", parts.path, "", *lines, "", names, nothing])
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"
    key = ("AWS4" + credentials.secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.key_id}/{scope},"
        f" SignedHeaders={names}, Signature={signature}"
    )
    return headers


def _credentials(env: Mapping[str, str]) -> Credentials:
    """Return the task role's credentials: variables first, then ECS's own endpoint.

    Source: Amazon ECS Developer Guide, "Task IAM role", and the AWS SDKs and Tools
    Reference Guide, "Container credential provider".
    """
    if env.get("AWS_ACCESS_KEY_ID") and env.get("AWS_SECRET_ACCESS_KEY"):
        return Credentials(
            env["AWS_ACCESS_KEY_ID"],
            env["AWS_SECRET_ACCESS_KEY"],
            env.get("AWS_SESSION_TOKEN"),
        )
    relative = env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    url = env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if relative:
        url = f"http://169.254.170.2{relative}"
    if not url:
        reject(
            "headrace_job: this task has no role, so it cannot read its parameters"
            " from S3: give its task definition a taskRoleArn"
        )
    headers = {}
    token_file = env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    if token_file:
        with open(token_file, encoding="utf-8") as file:  # noqa: PTH123 - one import less
            headers["Authorization"] = file.read().strip()
    elif env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN"):
        headers["Authorization"] = env["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
    told = json.loads(_local(url, headers))
    return Credentials(told["AccessKeyId"], told["SecretAccessKey"], told.get("Token"))


def _region(env: Mapping[str, str]) -> str:
    """Return the region: of the variables, else of the task, which says where it is.

    Source: Amazon ECS Developer Guide, "Task metadata endpoint version 4".
    """
    region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION")
    if region:
        return region
    metadata = _needed(env, "ECS_CONTAINER_METADATA_URI_V4")
    arn: str = json.loads(_local(f"{metadata}/task", {}))["TaskARN"]
    return arn.split(":")[3]


def _local(url: str, headers: Mapping[str, str]) -> bytes:
    """Ask an endpoint of the task's own, which no proxy leads to."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - ECS's
    with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
        return bytes(answer.read())


def _code_in(error: urllib.error.HTTPError) -> str:
    """Return S3's own code: `<Code>AccessDenied</Code>`."""
    return (
        error.read().decode(errors="replace").partition("<Code>")[2].partition("<")[0]
    )
