"""docs/settings.md says of every setting what the template and the functions say."""

from __future__ import annotations

import re

import pytest

from expanded_template import ROOT, source
from headrace.settings import (
    AnnounceSettings,
    DispatchSettings,
    ReconcileSettings,
    RecordSettings,
)

PAGE = (ROOT / "docs" / "settings.md").read_text()
MODELS = {
    "dispatch": DispatchSettings,
    "record": RecordSettings,
    "reconcile": ReconcileSettings,
    "announce": AnnounceSettings,
}


def rows(heading):
    """The rows of a section's table, by the name in their first cell."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    return {name.strip("`"): rest for _, name, *rest, _ in cells}


PARAMETERS = rows("The template's parameters")
VARIABLES = rows("The functions' variables")
CLIENT_VARIABLES = rows("The command line's and the client's variables")


def code(*values):
    return ", ".join(f"`{value}`" for value in values)


def allowed_by_parameter(parameter):
    if "MinValue" in parameter:
        return f"`{parameter['MinValue']}` to `{parameter['MaxValue']}`"
    return code(*parameter.get("AllowedValues", [parameter.get("AllowedPattern")]))


def allowed_by_schema(schema):  # noqa: PLR0911 - one for each kind of bound
    match schema:
        case {"minimum": low, "maximum": high}:
            return f"`{low}` to `{high}`"
        case {"pattern": pattern}:
            return code(pattern)
        case {"minLength": low, "maxLength": high}:
            return f"{low} to {high} characters"
        case {"minLength": low}:
            return f"at least {low} character"
        case {"type": "array", "minItems": low, "maxItems": high}:
            return f"{low} to {high}, with commas"
        case {"type": "array"}:
            return "a list with commas"
        case {"enum": values}:
            return code(*values)
        case _:
            raise AssertionError(f"the page has no words for {schema}")


def schemas(model):
    """Each variable of a function, and what its settings allow."""
    schema = model.model_json_schema()
    found = {}
    for name, field in schema["properties"].items():
        reference = field.get("$ref", "").rpartition("/")[2]
        found[f"HEADRACE_{name.upper()}"] = schema["$defs"].get(reference, field)
    return found


def test_every_parameter_has_a_row_and_no_other_has():
    assert list(PARAMETERS) == list(source()["Parameters"])


@pytest.mark.parametrize("name", source()["Parameters"])
def test_a_parameters_default_and_bounds_are_the_templates(name):
    parameter = source()["Parameters"][name]
    default, allowed, meaning = PARAMETERS[name]
    assert default == (
        "empty" if parameter["Default"] == "" else code(parameter["Default"])
    )
    assert allowed == allowed_by_parameter(parameter)
    assert meaning


def test_every_variable_of_a_function_has_a_row_and_no_other_has():
    assert VARIABLES.keys() == set().union(*map(schemas, MODELS.values()))


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variables_readers_and_bounds_are_those_of_the_settings(name):
    readers, allowed, meaning = VARIABLES[name]
    read_by = {stage: schemas(model) for stage, model in MODELS.items()}
    having = [stage for stage, found in read_by.items() if name in found]
    assert readers == ", ".join(having)
    assert allowed == allowed_by_schema(read_by[having[0]][name])
    assert meaning


def test_every_variable_that_the_client_or_the_laptop_run_names_has_a_row():
    folders = [ROOT / "src" / "headrace_client", ROOT / "src" / "headrace_local"]
    # These name what the functions have, or what the local ECS gives its tasks.
    others = {"bill", "chaos", "ecs", "simulation"}
    named = {
        name
        for folder in folders
        for path in folder.glob("**/*.py")
        if others.isdisjoint(path.parts)
        for name in re.findall(r'"(HEADRACE_[A-Z_]*[A-Z])"', path.read_text())
    }
    assert named == CLIENT_VARIABLES.keys()
