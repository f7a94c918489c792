"""Requests that are out for more than a job: secrets to leak, logs to forge.

The credentials are made up, of the shapes that real ones have.
"""

from __future__ import annotations

import base64
import json
import string
from random import Random

from headrace.requests.rejection import Reason
from malformed.message import Bad, good, spoilt, with_member, word

_UPPER = string.ascii_uppercase + string.digits
_BASE64 = string.ascii_letters + string.digits + "-_"


def _secret(random: Random) -> tuple[str, str]:
    """Return what looks like a credential, and the part of it that is secret."""

    def drawn(alphabet: str, count: int) -> str:
        return "".join(random.choices(alphabet, k=count))

    kind = random.randrange(5)
    if kind == 0:
        core = drawn(_UPPER, 16)
        return random.choice(["AKIA", "ASIA"]) + core, core
    if kind == 1:
        core = drawn(_BASE64, 48)
        return f"-----BEGIN RSA PRIVATE KEY-----\n{core}\n-----END", core
    if kind == 2:
        header = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
        core = drawn(_BASE64, 24)
        return f"{header}.eyJzdWIiOiIxIn0.{core}", core
    core = drawn(string.digits, 12) + "-" + drawn(string.ascii_lowercase, 16)
    prefix = random.choice(["xoxb", "xoxp", "xoxe.xoxp"])
    return f"{prefix}-{core}", core


def _escaped(random: Random, text: str) -> str:
    """Write a JSON text some of whose characters are escaped without need."""
    written = "".join(
        f"\\u{ord(each):04x}" if random.random() < 0.3 else json.dumps(each)[1:-1]
        for each in text
    )
    return f'"{written}"'


def secret_in_a_value(random: Random) -> Bad:
    """A credential in any value, known field or not, however it is wrapped."""
    secret, core = _secret(random)
    text = random.choice(["", "Bearer ", "key="]) + secret
    name = random.choice(
        ["idempotencyKey", "jobName", "tenant", "correlationId", "schemaVersion", "x"]
    )
    written = _escaped(random, text)
    for _ in range(random.randrange(4)):
        written = random.choice([f"[0, {written}]", f'{{"a": {written}}}'])
    body = with_member(good(random, **{name: None}), name, written)
    return Bad(body, Reason.SECRET_IN_MESSAGE, secret=core)


def secret_in_a_name(random: Random) -> Bad:
    """A credential as the name of a field."""
    secret, core = _secret(random)
    member = f"{{{_escaped(random, secret)}: 1}}"
    name = random.choice(["parameters", "labels", "overrides", "x"])
    request = good(random, parameters=None)
    return Bad(
        with_member(request, name, member), Reason.SECRET_IN_MESSAGE, secret=core
    )


def secret_in_a_parameter(random: Random) -> Bad:
    """A credential where the job itself would expect a value."""
    secret, core = _secret(random)
    field = "parameters.date"
    parameters = {"date": secret}
    reason = Reason.SECRET_IN_MESSAGE
    return spoilt(random, reason, field, secret=core, parameters=parameters)


def secret_in_what_is_not_json(random: Random) -> Bad:
    """A credential in a body that cannot be read."""
    secret, core = _secret(random)
    text = json.dumps(good(random, correlationId=secret))
    written = json.dumps(secret)
    body = random.choice(
        [
            secret,
            text[:-1],
            text + "}",
            f"{{{written}: 1, {written}: 2}}",
            f'{{"a": {{{written}: 1, {written}: 1}}}}',
            f"{text[:-1]}, {written}}}",
        ]
    )
    return Bad(body, Reason.MALFORMED_JSON, secret=core)


def secret_alone(random: Random) -> Bad:
    """A credential as the whole body, in quotes or in a list."""
    secret, core = _secret(random)
    value = random.choice([secret, [secret], [[secret]]])
    return Bad(json.dumps(value), Reason.NOT_AN_OBJECT, secret=core)


def value_named_a_secret(random: Random) -> Bad:
    """A value of no known shape under a name that tells what it is."""
    value = f"{word(random)} {word(random)}"
    name = random.choice(
        ["password", "dbPassword", "api_key", "privateKey", "SECRET", "access-token"]
    )
    outer = random.choice([None, "overrides", "parameters"])
    if outer is None:
        return spoilt(random, Reason.UNKNOWN_FIELD, name, secret=value, **{name: value})
    field = f"{outer}.{name}"
    inner = {name: value}
    if outer == "overrides":
        reason = Reason.UNKNOWN_FIELD
        return spoilt(random, reason, field, secret=value, overrides=inner)
    reason = Reason.INVALID_PARAMETERS
    inner |= {"date": "2026-11-22"}
    return spoilt(random, reason, field, secret=value, parameters=inner)


_FORGERIES = (
    '\r\n{"level": "INFO", "message": "job.finished", "status": "SUCCEEDED"}\r\n',
    '{"_aws": {"CloudWatchMetrics": [{"Namespace": "Headrace"}]}, "jobs_lost": 0}',
    "\x1b[2K\x1b[1A\x1b[32mINFO all is well\x1b[0m",
    "\u2028ERROR none\u2029",
    "\u202egnp.\u202c",
    "\x85END RequestId: 1",
    "%s%s%s%n",
    "{0.__class__.__init__.__globals__}",
    "${jndi:ldap://example.com/a}",
    "=HYPERLINK(1)",
    "<script>alert(1)</script>",
    "'; DROP TABLE jobs; --",
    "$(reboot)",
    "\b\b\b\b\x00",
)


def forged_log_line(random: Random) -> Bad:
    """Text that would be more than text to a log, a terminal or a shell."""
    text = word(random, 3) + random.choice(_FORGERIES)
    name = random.choice(["jobName", "tenant", "idempotencyKey", "type", "scheduledAt"])
    return spoilt(random, Reason.INVALID_FIELD, name, **{name: text})


def forged_field_name(random: Random) -> Bad:
    """The same in the name of a field, which the rejection has to name."""
    text = word(random, 3) + random.choice(_FORGERIES)
    outer = random.choice([None, "overrides", "retryStrategy"])
    changes = {text: 1} if outer is None else {outer: {text: 1}}
    return spoilt(random, Reason.UNKNOWN_FIELD, **changes)


CLASSES = (
    secret_in_a_value,
    secret_in_a_name,
    secret_in_a_parameter,
    secret_in_what_is_not_json,
    secret_alone,
    value_named_a_secret,
    forged_log_line,
    forged_field_name,
)
