from __future__ import annotations

import re

import pytest

from builders import DEPLOYMENT_ID
from headrace.identity import (
    StartedBy,
    canonical_json,
    client_token,
    job_id,
    parse_started_by,
    sha256_hex,
    traceparent_of,
)

NAMES = {
    "deployment_id": DEPLOYMENT_ID,
    "tenant": "default",
    "job_name": "report",
    "idempotency_key": "report-2026-11-22",
}
JOB_ID = job_id(**NAMES)


def test_a_job_id_is_the_known_one_for_its_names() -> None:
    # sha256 of the compact array, in base32, made with coreutils.
    assert JOB_ID == "55gwtlzwcwb6fomb37amsuf326"
    assert re.fullmatch(r"[a-z2-7]{26}", JOB_ID)


@pytest.mark.parametrize("name", list(NAMES))
def test_another_name_is_another_job(name: str) -> None:
    assert job_id(**(NAMES | {name: "other"})) != JOB_ID


def test_names_cannot_run_into_each_other() -> None:
    one = job_id(deployment_id="d", tenant="a", job_name='b","c', idempotency_key="k")
    two = job_id(deployment_id="d", tenant='a","b', job_name="c", idempotency_key="k")
    assert one != two


def test_a_jobs_own_trace_is_the_known_one_for_its_id() -> None:
    # sha256 of ["traceparent","55gw..."], cut in two with coreutils.
    assert traceparent_of(JOB_ID) == (
        "00-70bd1a360490869516606c5c23588a31-5fb4c95e40b07f8d-01"
    )
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", traceparent_of(JOB_ID))


def test_another_job_has_another_trace() -> None:
    traces = {
        traceparent_of(job_id(**(NAMES | {"idempotency_key": str(n)})))
        for n in range(100)
    }
    assert len(traces) == len({trace[36:52] for trace in traces}) == 100


def test_a_client_token_is_read_back_as_its_launch() -> None:
    token = client_token(JOB_ID, 3, 12)
    assert token == f"{JOB_ID}-3-12"
    assert parse_started_by(token) == StartedBy(job_id=JOB_ID, attempt=3, launch=12)


def test_the_longest_client_token_has_36_characters() -> None:
    assert len(client_token(JOB_ID, 9999, 9999)) == 36
    with pytest.raises(ValueError, match="at most 36 characters"):
        client_token(JOB_ID, 9999, 99_999)


@pytest.mark.parametrize(("attempt", "launch"), [(0, 1), (1, 0), (-1, 1)])
def test_a_token_that_could_not_be_read_back_is_not_made(
    attempt: int, launch: int
) -> None:
    with pytest.raises(ValueError, match="clientToken"):
        client_token(JOB_ID, attempt, launch)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ecs-svc/1234567890",
        JOB_ID,
        f"{JOB_ID}-1",
        f"{JOB_ID}-1-0",
        f"{JOB_ID}-01-1",
        f"{JOB_ID}-99999-99999",
        f"{JOB_ID}-1-1-1",
        f"{JOB_ID}-1-1\n",
        f"{JOB_ID.upper()}-1-1",
        f"{JOB_ID}-٣-1",
        f"{JOB_ID[1:]}-1-1",
    ],
)
def test_a_started_by_of_others_is_nobodys_launch(text: str) -> None:
    assert parse_started_by(text) is None


def test_canonical_json_is_sorted_compact_and_unescaped() -> None:
    assert canonical_json({"b": [1, 3.0, None], "a": "é\n"}) == (
        '{"a":"é\\n","b":[1,3.0,null]}'
    )


def test_canonical_json_has_no_text_for_nan() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))


def test_a_digest_exists_even_for_text_that_is_not_unicode() -> None:
    assert sha256_hex("abc").startswith("ba7816bf")
    assert len(sha256_hex("\ud800")) == 64
