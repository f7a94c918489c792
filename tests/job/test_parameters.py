"""Parameters as the job's code wants them, and what it says where they are not so."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

import pytest

import headrace_job
from headrace_job import REJECT


class Format(enum.Enum):
    PDF = "pdf"
    CSV = "csv"


@dataclass
class Row:
    id: int
    note: str | None = None


@dataclass
class Report:
    date: date
    format: Format = Format.PDF
    rows: list[Row] = field(default_factory=list)
    max_rows: int = 10
    share: float | None = None
    since: datetime | None = None
    size: Literal["a4", "letter"] = "a4"
    is_draft: bool = False
    owners: tuple[str, ...] = ()
    labels: dict[str, int] = field(default_factory=dict)
    key: int | str = 0
    rest: Any = None


def environment(**parameters):
    return {"JOB_PARAMETERS": json.dumps(parameters)}


def report(**parameters):
    return headrace_job.parameters(
        Report, environment=environment(**({"date": "2026-11-22"} | parameters))
    )


def test_without_a_type_they_are_the_object_itself():
    given = {"date": "2026-11-22", "n": [1, None, {"é": 2.5}]}

    assert headrace_job.parameters(environment=environment(**given)) == given


def test_fields_are_filled_by_name_by_camel_case_and_by_default():
    found = report(
        format="csv",
        rows=[{"id": 1}, {"id": 2, "note": "x"}],
        maxRows=3,
        share=1,
        since="2026-11-22T10:00:00Z",
        size="letter",
        isDraft=True,
        owners=["a", "b"],
        labels={"x": 1},
        key="k",
        rest=[1],
        unknown="passed over",
    )

    assert found == Report(
        date=date(2026, 11, 22),
        format=Format.CSV,
        rows=[Row(1), Row(2, "x")],
        max_rows=3,
        share=1.0,
        since=datetime(2026, 11, 22, 10, tzinfo=UTC),
        size="letter",
        is_draft=True,
        owners=("a", "b"),
        labels={"x": 1},
        key="k",
        rest=[1],
    )
    assert isinstance(found.share, float)
    assert report() == Report(date=date(2026, 11, 22))


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"date": 7}, "parameters.date: must be a date such as 2026-11-22, but is 7"),
        (
            {"date": "today"},
            'parameters.date: must be a date such as 2026-11-22, but is "today"',
        ),
        (
            {"format": "doc"},
            'parameters.format: must be one of "pdf", "csv", but is "doc"',
        ),
        (
            {"rows": [{"id": 1}, {"id": "x"}]},
            'parameters.rows[1].id: must be int, but is "x"',
        ),
        ({"rows": [{}]}, "parameters.rows[0].id: is required, but missing"),
        ({"rows": {}}, "parameters.rows: must be list, but is {}"),
        ({"maxRows": True}, "parameters.maxRows: must be int, but is true"),
        ({"maxRows": 1.5}, "parameters.maxRows: must be int, but is 1.5"),
        ({"max_rows": None}, "parameters.max_rows: must be int, but is null"),
        ({"share": "1"}, 'parameters.share: must be float, but is "1"'),
        (
            {"since": "1"},
            'parameters.since: must be a time such as 2026-11-22T10:00:00Z, but is "1"',
        ),
        ({"size": "a5"}, 'parameters.size: must be one of "a4", "letter", but is "a5"'),
        ({"isDraft": 1}, "parameters.isDraft: must be bool, but is 1"),
        ({"owners": "a"}, 'parameters.owners: must be tuple, but is "a"'),
        ({"labels": {"x": "y"}}, 'parameters.labels.x: must be int, but is "y"'),
        ({"key": None}, "parameters.key: must be int | str, but is null"),
    ],
)
def test_a_parameter_that_does_not_fit_is_named_and_ends_the_job(
    parameters, said, capsys
):
    with pytest.raises(headrace_job.Ending) as ended:
        report(**parameters)

    assert ended.value.code == REJECT
    assert capsys.readouterr().err == said + "\n"


def test_outside_a_job_the_missing_variable_is_named():
    with pytest.raises(RuntimeError, match="JOB_PARAMETERS is not set"):
        headrace_job.parameters(environment={})
