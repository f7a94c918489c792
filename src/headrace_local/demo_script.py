"""All steps of the demo: what is sent, and what must become of it. Values only.

Bodies are written out as any publisher in any language would write them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from headrace_local.demo_steps import Cancels, EndsAs, RejectedAs, SameJobAs, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EXAMPLE_KEY_ID = "AKIAIOSFODNN7EXAMPLE"  # AWS documentation's own example, no secret
NEIGHBOUR_SECONDS = 15  # longer than hungry needs, even on a busy machine

_OK = EndsAs(status="SUCCEEDED", reason_code="OK", exit_code=0)
_JOBS: Sequence[tuple[str, str, EndsAs, Mapping[str, Any] | None]] = (
    ("neighbour", "lives on beside hungry", _OK, {"seconds": NEIGHBOUR_SECONDS}),
    ("hello", "takes a parameter", _OK, {"name": "Ada"}),
    ("flaky", "fails twice, then works", replace(_OK, attempts=3, tasks=3), None),
    ("stranger", "is code nobody trusts", _OK, None),
    (
        "broken",
        "exits with 1 for good",
        EndsAs(status="FAILED", reason_code="EXIT_CODE", exit_code=1),
        None,
    ),
    (
        "slow",
        "overruns its 2 s",
        EndsAs(status="TIMED_OUT", reason_code="RUNTIME_LIMIT"),
        None,
    ),
    (
        "long",
        "is cancelled",
        EndsAs(status="CANCELLED", reason_code="CANCELLED_BY_USER"),
        None,
    ),
    (
        "hungry",
        "eats its memory",
        EndsAs(status="FAILED", reason_code="OUT_OF_MEMORY", exit_code=137),
        None,
    ),
)
_AFTER = {"hungry": ("neighbour", "RUNNING")}

_BAD_VALUES: Sequence[tuple[str, str, dict[str, Any], RejectedAs]] = (
    (
        "bad-job",
        "is for no known job",
        {"jobName": "helo"},
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
        {"retries": 3},
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
        {"parameters": {"name": 7}},
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
        {"parameters": {"name": EXAMPLE_KEY_ID}},
        RejectedAs(
            reason_code="SECRET_IN_MESSAGE",
            field="parameters.name",
            limit="free of credentials",
            value=None,
        ),
    ),
)


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


def _jobs(run: str) -> Sequence[Step]:
    return [
        Step(
            name=name,
            title=title,
            body=json.dumps(
                _body(run, name, name)
                if parameters is None
                else _body(run, name, name, parameters=parameters)
            ),
            expected=expected,
            job_name=name,
            key=f"{run}-{name}",
            after=_AFTER.get(name),
        )
        for name, title, expected, parameters in _JOBS
    ]


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
    malformed = Step(
        name="malformed",
        title="is no JSON",
        body='{"schemaVersion": "1", "jobName": "hello"',
        expected=RejectedAs(
            reason_code="MALFORMED_JSON",
            field=None,
            limit="a JSON object that every reader understands alike",
            value=None,
        ),
    )
    return [
        malformed,
        *(
            Step(
                name=name, title=title, body=json.dumps(good | wrong), expected=expected
            )
            for name, title, wrong, expected in _BAD_VALUES
        ),
    ]
