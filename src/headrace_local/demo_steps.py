"""What the demo sends, and what must become of it. Values only.

Bodies are written out as any publisher in any language would write them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EXAMPLE_KEY_ID = "AKIAIOSFODNN7EXAMPLE"  # AWS documentation's own example, no secret
NEIGHBOUR_SECONDS = 12  # longer than hungry needs, even on a busy machine


@dataclass(frozen=True, slots=True, kw_only=True)
class EndsAs:
    """A job's end.

    Attributes:
        status: Its terminal status.
        reason_code: Why.
        exit_code: The main container's; None where any will do.
        attempts: How many there were.
        tasks: How many ECS tasks were made for it, in all.
    """

    status: str
    reason_code: str
    exit_code: int | None = None
    attempts: int = 1
    tasks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedAs:
    """A stored rejection; `*` in `limit` stands for any text, None for no value."""

    reason_code: str
    field: str | None
    limit: str
    value: str | None


@dataclass(frozen=True, slots=True)
class SameJobAs:
    """No job of its own and no rejection: the job of another step."""

    step: str


@dataclass(frozen=True, slots=True)
class Cancels:
    """A request about the job of another step; that one's end shows what it did."""

    step: str


type Expectation = EndsAs | RejectedAs | SameJobAs | Cancels


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One message.

    Attributes:
        name: Of the step, unique.
        title: For people.
        body: Exactly what is sent; None where it is made from another step's job id.
        expected: What must become of it.
        job_name: The job asked for, where the body asks for one.
        key: The idempotency key likewise.
        after: Send it once the job of that step has that status; `*` is any.
    """

    name: str
    title: str
    body: str | None
    expected: Expectation
    job_name: str = ""
    key: str = ""
    after: tuple[str, str] | None = None


def steps(run: str) -> Sequence[Step]:
    """Return all steps, in the order to send them.

    Args:
        run: Part of every idempotency key, so that each run has its own jobs.
    """
    return (*_jobs(run), *_requests_about_jobs(run), *_bad_requests(run))


def _body(run: str, step: str, job_name: str, **fields: object) -> dict[str, Any]:
    return {
        "schemaVersion": "1",
        "jobName": job_name,
        "idempotencyKey": f"{run}-{step}",
        **fields,
    }


def _job(
    run: str,
    job_name: str,
    title: str,
    expected: EndsAs,
    *,
    parameters: Mapping[str, Any] | None = None,
    after: tuple[str, str] | None = None,
) -> Step:
    fields = {} if parameters is None else {"parameters": parameters}
    return Step(
        name=job_name,
        title=title,
        body=json.dumps(_body(run, job_name, job_name, **fields)),
        expected=expected,
        job_name=job_name,
        key=f"{run}-{job_name}",
        after=after,
    )


def _jobs(run: str) -> Sequence[Step]:
    ok = EndsAs(status="SUCCEEDED", reason_code="OK", exit_code=0)
    return (
        _job(
            run,
            "neighbour",
            "lives on beside hungry",
            ok,
            parameters={"seconds": NEIGHBOUR_SECONDS},
        ),
        _job(run, "hello", "takes a parameter", ok, parameters={"name": "Ada"}),
        _job(
            run,
            "flaky",
            "fails twice, then works",
            replace(ok, attempts=3, tasks=3),
        ),
        _job(
            run,
            "broken",
            "exits with 1 for good",
            EndsAs(status="FAILED", reason_code="EXIT_CODE", exit_code=1),
        ),
        _job(
            run,
            "slow",
            "overruns its 2 s",
            EndsAs(status="TIMED_OUT", reason_code="RUNTIME_LIMIT"),
        ),
        _job(
            run,
            "long",
            "is cancelled",
            EndsAs(status="CANCELLED", reason_code="CANCELLED_BY_USER"),
        ),
        _job(
            run,
            "hungry",
            "eats its memory",
            EndsAs(status="FAILED", reason_code="OUT_OF_MEMORY", exit_code=137),
            after=("neighbour", "RUNNING"),
        ),
    )


def _requests_about_jobs(run: str) -> Sequence[Step]:
    hello = _body(run, "hello", "hello", parameters={"name": "Ada"})
    return (
        Step(
            name="twin",
            title="sends hello again",
            body=json.dumps(hello),
            expected=SameJobAs("hello"),
        ),
        Step(
            name="cancel",
            title="cancels long",
            body=None,
            expected=Cancels("long"),
            key=f"{run}-cancel",
            after=("long", "RUNNING"),
        ),
        Step(
            name="conflict",
            title="hello's key, other body",
            body=json.dumps(hello | {"parameters": {"name": "Grace"}}),
            expected=RejectedAs(
                reason_code="IDEMPOTENCY_CONFLICT",
                field="idempotencyKey",
                limit="new, or the same request again",
                value=json.dumps(f"{run}-hello"),
            ),
            after=("hello", "*"),
        ),
    )


def _bad_requests(run: str) -> Sequence[Step]:
    good = _body(run, "bad", "hello", parameters={"name": "Ada"})
    rows: Sequence[tuple[str, str, str, RejectedAs]] = (
        (
            "malformed",
            "is no JSON",
            '{"schemaVersion": "1", "jobName": "hello"',
            RejectedAs(
                reason_code="MALFORMED_JSON",
                field=None,
                limit="a JSON object that every reader understands alike",
                value=None,
            ),
        ),
        (
            "bad-job",
            "is for no known job",
            json.dumps(good | {"jobName": "helo"}),
            RejectedAs(
                reason_code="UNKNOWN_JOB",
                field="jobName",
                limit="the name of a registered job definition",
                value='"helo"',
            ),
        ),
        (
            "bad-field",
            "has an unknown field",
            json.dumps(good | {"retries": 3}),
            RejectedAs(
                reason_code="UNKNOWN_FIELD",
                field="retries",
                limit="one of schemaVersion, *",
                value="3",
            ),
        ),
        (
            "bad-value",
            "breaks the schema",
            json.dumps(good | {"parameters": {"name": 7}}),
            RejectedAs(
                reason_code="INVALID_PARAMETERS",
                field="parameters.name",
                limit="*string*",
                value="7",
            ),
        ),
        (
            "secret",
            "carries a credential",
            json.dumps(good | {"parameters": {"name": EXAMPLE_KEY_ID}}),
            RejectedAs(
                reason_code="SECRET_IN_MESSAGE",
                field="parameters.name",
                limit="free of credentials",
                value=None,
            ),
        ),
    )
    return [
        Step(name=name, title=title, body=body, expected=expected)
        for name, title, body, expected in rows
    ]
