"""Table changes and log lines, as a person reads them."""

from __future__ import annotations

import json

import pytest

from headrace_local.stream import change_in, troubles_in


def job(**attributes):
    item = {"pk": {"S": "JOB#abc"}, "sk": {"S": "META"}, "jobName": {"S": "report"}}
    return item | {
        name: {"N": str(value)} if isinstance(value, int) else {"S": value}
        for name, value in attributes.items()
    }


def test_a_new_status_is_told_with_job_name_and_id():
    happening = change_in(job(status="STARTING"), job(status="RUNNING"))

    assert happening is not None
    assert (happening.subject, happening.name) == ("abc", "report")
    assert happening.text == "RUNNING"


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"status": "RUNNABLE", "waitReason": "BACKOFF"}, "RUNNABLE BACKOFF"),
        ({"status": "RUNNING", "attempt": 2}, "RUNNING (attempt 2)"),
        ({"status": "SUCCEEDED", "reasonCode": "OK", "exitCode": 0}, "SUCCEEDED"),
        (
            {"status": "FAILED", "reasonCode": "EXIT_CODE", "exitCode": 3},
            "FAILED EXIT_CODE exit code 3",
        ),
    ],
)
def test_a_status_is_told_with_its_cause(attributes, text):
    happening = change_in({}, job(**attributes))

    assert happening is not None
    assert happening.text == text


def test_a_change_that_no_person_cares_for_is_not_told():
    assert (
        change_in(job(status="RUNNING"), job(status="RUNNING", lastVersion=4)) is None
    )
    assert change_in({}, {"pk": {"S": "DEFINITION#x"}, "sk": {"S": "ACTIVE"}}) is None
    assert change_in(job(status="SUCCEEDED"), {}) is None  # deleted at its expiry


def test_a_rejection_is_told_with_its_reason():
    rejection = {
        "pk": {"S": "REJECTION#m-1"},
        "reasonCode": {"S": "UNKNOWN_JOB"},
        "message": {"S": "jobName: no such job"},
    }

    happening = change_in({}, rejection)

    assert happening is not None
    assert happening.text == "REJECTED UNKNOWN_JOB: jobName: no such job"


def test_warnings_and_errors_are_troubles_and_the_rest_is_not():
    lines = [
        "START RequestId: 1",
        json.dumps({"level": "INFO", "message": "job launched"}),
        json.dumps({"level": "WARNING", "message": "launch refused"}),
        json.dumps(
            {
                "level": "ERROR",
                "message": "lost it",
                "exception": "Traceback ...\nValueError: of this",
            }
        ),
        "{not json",
        "REPORT RequestId: 1",
    ]

    assert list(troubles_in(lines)) == [
        "WARNING launch refused",
        "ERROR lost it ValueError: of this",
    ]


def test_a_traceback_is_told_by_what_it_ends_in():
    lines = [
        "Traceback (most recent call last):",
        '  File "app.py", line 1, in handler',
        "    boom()",
        "KeyError: 'Records'",
        "END RequestId: 1",
    ]

    assert list(troubles_in(lines)) == ["KeyError: 'Records'"]
