"""Prints a template of the job table alone, for a stack that takes in a kept table.

CloudFormation imports what stands into a stack of nothing else; `sam deploy` then makes
the rest around it. The resource is template.yaml's own, with the parameters and
conditions that it refers to.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headrace_local.template import Template, read_template

ROOT = Path(__file__).resolve().parent.parent
TABLE = "JobTable"


def table_template(template: Template) -> Template:
    """Return the table's part of a template."""
    table = template["Resources"][TABLE]
    wanted = set(_named(table))
    conditions = {
        name: condition
        for name, condition in template.get("Conditions", {}).items()
        if name in wanted
    }
    wanted |= set(_named(conditions))
    parameters = {
        name: parameter
        for name, parameter in template["Parameters"].items()
        if name in wanted
    }
    parts = {"Parameters": parameters, "Conditions": conditions}
    return {
        "AWSTemplateFormatVersion": template["AWSTemplateFormatVersion"],
        **{name: part for name, part in parts.items() if part},
        "Resources": {TABLE: table},
    }


def _named(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever YAML holds
    """Yield what a part of a template refers to."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in {"Ref", "Condition"} and isinstance(item, str):
                yield item
            elif key == "Fn::If":
                yield item[0]
            yield from _named(item)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item)


if __name__ == "__main__":
    read = read_template(ROOT / "template.yaml")
    sys.stdout.write(json.dumps(table_template(read), indent=2, default=str) + "\n")
