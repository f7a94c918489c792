"""What scanners find is accepted with its reason, or fails; and so does what is not."""

from __future__ import annotations

import json

import pytest
import scan
from accepted_findings import Acceptance, Finding, accepted, problems

FINDING = Finding("checkov", "CKV_AWS_27", "RequestQueue", "is not encrypted")
ACCEPTANCE = Acceptance(
    tool="checkov", rule="CKV_AWS_27", where="*Queue", because="It is."
)


def test_what_nobody_accepted_is_a_problem_and_says_where():
    (problem,) = problems([FINDING], [])
    assert problem == "checkov CKV_AWS_27 RequestQueue: is not encrypted"


def test_what_somebody_accepted_is_none():
    assert problems([FINDING], [ACCEPTANCE]) == []


@pytest.mark.parametrize(
    "other",
    [
        Finding("cfripper", "CKV_AWS_27", "RequestQueue", ""),
        Finding("checkov", "CKV_AWS_28", "RequestQueue", ""),
        Finding("checkov", "CKV_AWS_27", "JobTable", ""),
    ],
)
def test_an_acceptance_is_for_one_rule_of_one_scanner_in_its_places(other):
    assert len(problems([FINDING, other], [ACCEPTANCE])) == 1


def test_an_acceptance_of_what_is_no_longer_found_is_a_problem():
    (problem,) = problems([], [ACCEPTANCE])
    assert problem.startswith("checkov CKV_AWS_27 *Queue: accepted, but no longer")


def test_every_accepted_finding_has_its_reason():
    assert all(each.because for each in accepted(scan.ACCEPTED_PATH))


def test_an_acceptance_without_a_reason_is_refused(tmp_path):
    path = tmp_path / "accepted.yaml"
    path.write_text("checkov:\n  CKV_AWS_27:\n    - where: [RequestQueue]\n")
    with pytest.raises(ValueError, match="CKV_AWS_27 at RequestQueue has no reason"):
        accepted(path)


@pytest.mark.parametrize(
    ("reader", "answer"),
    [
        (scan.of_checkov, {"summary": {"passed": 0, "parsing_errors": 0}}),
        (scan.of_checkov, {"summary": {"passed": 9, "parsing_errors": 1}}),
        (scan.of_bandit, {"errors": ["a.py"], "metrics": {"_totals": {"loc": 9}}}),
        (scan.of_bandit, {"errors": [], "metrics": {"_totals": {"loc": 0}}}),
    ],
)
def test_a_scanner_that_read_nothing_has_not_found_nothing(reader, answer):
    with pytest.raises(ValueError, match=r"read|parse"):
        list(reader(answer | {"results": {"failed_checks": []}}))


@pytest.mark.parametrize("said", ["", "Traceback", json.dumps({"summary": {}})])
def test_a_scanner_that_breaks_down_ends_the_scan(said):
    broken = scan.Scan(("echo", said), scan.of_checkov)
    with pytest.raises(SystemExit, match="without findings"):
        scan.run(broken)
