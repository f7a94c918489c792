"""What docs/local-ecs.md says, tried."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from headrace_local.ecs.__main__ import _parser
from headrace_local.ecs.control import control_app
from headrace_local.ecs.fault_list import KINDS, Fault
from headrace_local.ecs.faults import Faults

PAGE = (Path(__file__).parents[3] / "docs/local-ecs.md").read_text(encoding="utf-8")


def test_the_engine_example_runs_as_it_stands():
    example = next(
        each
        for each in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
        if "VirtualClock" in each
    )
    scope: dict[str, object] = {}
    exec(compile(example, "docs/local-ecs.md", "exec"), scope)  # noqa: S102 - our own page
    engine, task = scope["engine"], scope["task"]
    described = engine.describe_tasks({"cluster": "jobs", "tasks": [task["taskArn"]]})
    (found,) = described["tasks"]
    assert found["lastStatus"] == "STOPPED"
    assert found["containers"][0]["reason"].startswith("OutOfMemoryError")


def test_every_option_of_the_command_line_is_on_the_page():
    options = {
        each
        for action in _parser()._actions
        for each in action.option_strings
        if each.startswith("--")
    }
    missing = {each for each in options - {"--help"} if f"`{each}" not in PAGE}
    assert missing <= {"--log-level"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_fault_is_on_the_page(kind):
    assert f"`{kind}`" in PAGE


def test_every_field_and_method_of_a_fault_is_on_the_page():
    fields = {each.name for each in dataclasses.fields(Fault)} - {"struck"}
    methods = {
        name
        for name, each in vars(Faults).items()
        if callable(each) and not name.startswith("_")
    }
    assert {each for each in fields if f"`{each}`" not in PAGE} == set()
    assert {each for each in methods if each not in PAGE} == set()


def test_every_control_path_is_on_the_page(ecs):
    paths = {route.path for route in control_app(ecs.engine).routes}
    assert {each for each in paths if f"/_headrace/ecs{each}" not in PAGE} == set()
