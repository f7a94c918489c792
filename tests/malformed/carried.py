"""Requests whose names, keys, times and other texts are of the wrong form."""

from __future__ import annotations

from random import Random

from headrace.requests.rejection import Reason
from malformed.message import Bad, spoilt, word

_FOREIGN = " \t\n\r\x00\x1b\"'\\#?%&=<>()[]{}|;,!*~^`é中\U0001f4a5\u202e\u200b"


def _foreign(random: Random) -> str:
    return word(random, 4) + random.choice(_FOREIGN) + word(random, 4)


def bad_idempotency_key(random: Random) -> Bad:
    """An empty key, one of 257 characters or more, or one of foreign characters."""
    long = word(random, random.choice([257, 300, 5_000]))
    key = random.choice(["", long, "key\n", " key", _foreign(random)])
    field = "idempotencyKey"
    return spoilt(random, Reason.INVALID_FIELD, field, idempotencyKey=key)


def bad_job_name(random: Random) -> Bad:
    """A job name that no definition could have."""
    names = ["", "-report", "_report", "report\n", "a" * 65, "../report", "a.b", "a:1"]
    name = random.choice([*names, _foreign(random)])
    return spoilt(random, Reason.INVALID_FIELD, "jobName", jobName=name)


def bad_tenant(random: Random) -> Bad:
    """A tenant that could not be one."""
    names = ["", "a" * 65, "a.b", "a/b", "a\n", "*", "$default"]
    tenant = random.choice([*names, _foreign(random)])
    return spoilt(random, Reason.INVALID_FIELD, "tenant", tenant=tenant)


def control_character_in_text(random: Random) -> Bad:
    """A control character, properly escaped, in a text that is carried on."""
    character = chr(random.choice([*range(0x20), 0x7F]))
    text = f"{word(random)}{character}{word(random)}"
    name = random.choice(["correlationId", "requestedBy"])
    return spoilt(random, Reason.INVALID_FIELD, name, **{name: text})


def bad_label(random: Random) -> Bad:
    """Too many labels, keys that are none, values too long or with controls."""
    labels = random.choice(
        [
            {f"label-{n}": "x" for n in range(random.choice([21, 100, 5_000]))},
            {"": "x"},
            {"a" * 64: "x"},
            {_foreign(random): "x"},
            {"team": "x" * 257},
            {"team": f"a{chr(random.randrange(0x20))}"},
        ]
    )
    return spoilt(random, Reason.INVALID_FIELD, labels=labels)


def too_long_text(random: Random) -> Bad:
    """A carried text above its maximum, or none at all."""
    name, maximum = random.choice([("correlationId", 128), ("requestedBy", 256)])
    characters = random.choice([0, maximum + 1, maximum * 2, 100_000])
    return spoilt(random, Reason.INVALID_FIELD, name, **{name: "x" * characters})


def bad_time(random: Random) -> Bad:
    """A time that is none, has no offset, or lies more than a year ahead."""
    text = random.choice(
        [
            *("", "now", "tomorrow", "1795341600", "2026-11-22", "2026-11-22T06:00"),
            *("2026-11-22T06:00:00", "2026-11-22 06:00:00Z", "2026-13-01T00:00:00Z"),
            *("2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "2026-01-01T24:00:01Z"),
            *("2026-01-01T00:00:00+24:00", "9999-12-31T23:59:59-23:59"),
            *("2026-W01-1T00:00:00Z", "2028-01-01T00:00:00Z", "9999-12-31T00:00:00Z"),
            *("\uff12026-01-01T00:00:00Z", "2026-01-01T00:00:00Z\n", "P1D"),
        ]
    )
    return spoilt(random, Reason.INVALID_FIELD, "scheduledAt", scheduledAt=text)


def bad_retry_strategy(random: Random) -> Bad:
    """Rules, budgets or a backoff of the wrong form."""
    strategy = random.choice(
        [
            {"attempts": random.choice([0, -1])},
            {"infrastructureRetries": -1},
            {
                "rules": [
                    {"onExitCode": "1", "action": random.choice(["retry", "MAYBE"])}
                ]
            },
            {"rules": [{"onExitCode": random.choice(["", "a", "1|", "-1"])}]},
            {"rules": [{"action": "RETRY", "onExitCode": "1"}] * 11},
            {"rules": {}},
            {"rules": "RETRY"},
            {"backoff": {"factor": random.choice([0, 11, -1])}},
            {"backoff": {"initialSeconds": random.choice([0, 86_401])}},
        ]
    )
    return spoilt(random, Reason.INVALID_FIELD, retryStrategy=strategy)


CLASSES = (
    bad_idempotency_key,
    bad_job_name,
    bad_tenant,
    control_character_in_text,
    bad_label,
    too_long_text,
    bad_time,
    bad_retry_strategy,
)
