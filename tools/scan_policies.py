"""Runs cfripper, and parliament on each policy, over grounded templates.

`.venv-scan/bin/python tools/scan_policies.py FILE...` prints findings as JSON, a list
of {tool, rule, where, says}. It runs in the scanners' environment, and imports nothing
of ours.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore")  # parliament's of pkg_resources
logging.disable(logging.CRITICAL)  # cfripper's of every type that it has no model for

import parliament  # noqa: E402 - once it can warn no more
import pycfmodel  # noqa: E402 - ditto
from cfripper.cli import init_cfripper  # noqa: E402 - ditto

type Finding = dict[str, str]


def main() -> int:
    """Scan the files that are named, and print what was found."""
    found: list[Finding] = []
    for path in sys.argv[1:]:
        template = json.loads(Path(path).read_text())
        found += [*cfripper(template), *parliament_on_each(template)]
    json.dump(found, sys.stdout)
    return 0


def cfripper(template: dict[str, Any]) -> Iterator[Finding]:
    """What cfripper's rules say; one that crashes ends the scan."""
    model = pycfmodel.parse(template).resolve()
    config, processor = init_cfripper(None, None, None, None)
    result = processor.process_cf_template(model, config)
    if result.exceptions:
        raise result.exceptions[0]
    for failure in result.failures:
        for logical_id in sorted(failure.resource_ids or {"template"}):
            yield {
                "tool": "cfripper",
                "rule": failure.rule,
                "where": logical_id,
                "says": failure.reason,
            }


def parliament_on_each(template: dict[str, Any]) -> Iterator[Finding]:
    """What parliament says of each policy of a role, and of each shared one."""
    for where, document in policies(template):
        analysed = parliament.analyze_policy_string(json.dumps(document))
        for each in analysed.findings:
            yield {
                "tool": "parliament",
                "rule": each.issue,
                "where": where,
                "says": str(each),
            }


def policies(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each policy that grants something to whoever has it, with its logical id."""
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        for policy in properties.get("Policies", []):
            if resource["Type"] == "AWS::IAM::Role":
                yield logical_id, policy["PolicyDocument"]
        if resource["Type"] in {"AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"}:
            yield logical_id, properties["PolicyDocument"]


if __name__ == "__main__":
    sys.exit(main())
