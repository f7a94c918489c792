"""The page on outcomes names every reason code, with the advice that people get."""

from __future__ import annotations

import re
from pathlib import Path

from headrace.jobs.job import TERMINAL, ReasonCode
from headrace.tasks.diagnosis import ADVICE

PAGE = Path(__file__).parents[2] / "docs" / "outcomes.md"


def rows():
    """Rows of the tables of reason codes: status, code, when, what to try."""
    text = PAGE.read_text()
    pattern = r"^\| ([A-Z_ or]+) \| `([A-Z_]+)` \| (.+?) \| (.*?) ?\|$"
    return re.findall(pattern, text, re.MULTILINE)


def test_every_reason_code_has_one_row():
    codes = [code for _, code, _, _ in rows()]
    assert sorted(codes) == sorted(ReasonCode)


def test_the_page_gives_the_advice_that_a_record_gives():
    assert {code: advice for _, code, _, advice in rows()} == dict(ADVICE)


def test_every_terminal_status_has_a_reason():
    told = " ".join(status for status, _, _, _ in rows())
    assert [status for status in TERMINAL if status not in told] == []
