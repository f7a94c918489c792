"""docs/explain.md has the lists that the code has, and the fields that are printed."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from builders import NOW
from headrace_client.explaining.causes import MEANINGS, Cause
from headrace_client.explaining.documents import explanation_document
from headrace_client.explaining.explanation import (
    Explanation,
    LaunchLine,
    NextStep,
)
from headrace_client.explaining.fact_names import FACT_NAMES

PAGE = (Path(__file__).parents[2] / "docs" / "explain.md").read_text()


def rows(heading):
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE))


def test_every_cause_is_on_the_page_with_its_meaning():
    assert rows("Causes") == {cause.value: MEANINGS[cause] for cause in Cause}


def test_every_fact_is_on_the_page_with_its_meaning():
    assert rows("Facts") == dict(FACT_NAMES)


def test_every_field_of_the_json_is_on_the_page():
    line = LaunchLine(
        attempt=1,
        launch=1,
        intended_at=NOW,
        detail="x",
        ended_at=NOW,
        reason_code="OK",
        exit_code=0,
        stop_code="x",
        task_arn="x",
    )
    full = {each.name: "x" for each in fields(Explanation)} | {
        "cause": Cause.LOST,
        "since_at": NOW,
        "gives_up_at": NOW,
        "facts": (),
        "next_step": NextStep("x", "x", NOW),
        "launches": (line,),
    }
    document = explanation_document(Explanation(**full))
    section = PAGE.partition("## The fields")[2].partition("\n## ")[0]
    told = set(re.findall(r"`(\w+)`", section))
    names = {*document, *document["next"], *document["launches"][0]}
    assert names - told == set()
