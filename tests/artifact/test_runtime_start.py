"""Starts of the built functions that go wrong, in Lambda's own runtime."""

from __future__ import annotations

import pytest

from runtime_world import SETTINGS


@pytest.mark.parametrize("stage", SETTINGS)
def test_a_function_without_its_layers_names_the_module_that_is_missing(world, stage):
    with world.launching(stage, layers=False) as function:
        answer = function.invoke({"Records": []})

    assert answer.status == 502
    assert answer.document["errorType"] == "Runtime.ImportModuleError"
    assert "No module named 'headrace'" in answer.document["errorMessage"]


@pytest.mark.parametrize("stage", SETTINGS)
def test_a_wrong_setting_stops_the_start_and_is_named(world, stage):
    with world.launching(stage, HEADRACE_RETENTION_DAYS="none") as function:
        answer = function.invoke({"Records": []})

    assert answer.status == 502
    assert answer.document["errorType"] == "Misconfigured"
    assert "HEADRACE_RETENTION_DAYS" in answer.document["errorMessage"]
