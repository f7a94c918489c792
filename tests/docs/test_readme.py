"""The README says what is so: its transcript, its targets and its example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from builders import NOW
from headrace.definitions.registration import parse_definition
from headrace.requests.parsing import parse_request
from headrace_local.demo_script import steps
from headrace_local.demo_steps import EndsAs, RejectedAs

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def block(language):
    """Return the README's only block of a language."""
    (found,) = re.findall(
        rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL
    )
    return found


@pytest.mark.parametrize("step", steps("run"), ids=lambda step: step.name)
def test_the_transcript_shows_what_the_demo_checks(step):
    (row,) = re.findall(rf"^ {step.name} +(.*)$", block("text"), re.MULTILINE)

    assert step.title in row
    if isinstance(step.expected, EndsAs):
        assert f"{step.expected.status} " in row
    if isinstance(step.expected, EndsAs | RejectedAs):
        assert f" {step.expected.reason_code}" in row
    assert row.rstrip().endswith("ok")


def test_every_make_target_of_the_readme_exists():
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )
    named = set(re.findall(r"`?make ([a-z-]+)", README)) - {"are", "all"}

    assert named
    assert named <= targets


def test_its_job_is_a_valid_definition_and_its_message_a_valid_request():
    definition = parse_definition(yaml.safe_load(block("yaml")))
    request = parse_request(block("json"), pinned_tenant=None, now=NOW)

    assert definition.name == request.job_name == "report"
