"""Scans the template and the code for weaknesses with public tools, offline.

What the scanners find is either fixed or accepted: tools/accepted_findings.yaml holds
each accepted one with its reason. A finding that is not there fails, and so does an
acceptance of what is no longer found. The scanners live in `.venv-scan`, which
`make scan` makes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from accepted_findings import Finding, accepted, problems
from sam_expansion import ROOT, TEMPLATE_PATH, expand, parse
from sam_grounding import Grounding

SCANNERS = ROOT / ".venv-scan" / "bin"
ACCEPTED_PATH = ROOT / "tools" / "accepted_findings.yaml"
CODE = ("functions", "layers", "src", "tools")
TOGETHER = 2  # processes: CI has two cores


@dataclass(frozen=True, slots=True)
class Scan:
    """One scanner's call, and how its JSON is read."""

    command: tuple[str | Path, ...]
    findings: Callable[[Any], Iterator[Finding]]


def main() -> int:
    """Print what is found and not accepted, and what is accepted and not found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--template", type=Path, default=TEMPLATE_PATH)
    options = parser.parse_args()
    wrong = problems(found_in(options.template), accepted(ACCEPTED_PATH))
    for problem in wrong:
        sys.stderr.write(f"{problem}\n")
    if wrong:
        sys.stderr.write(
            "Fix it, or accept it with its reason in tools/accepted_findings.yaml.\n"
        )
    return 1 if wrong else 0


def found_in(template_path: Path) -> set[Finding]:
    """What all scanners find in a template and in the code."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(TOGETHER) as pool:
        answers = pool.map(run, scans(template_path, Path(folder)))
        return {finding for findings in answers for finding in findings}


def scans(template_path: Path, folder: Path) -> list[Scan]:
    """The calls to make, longest first, on files that this writes into the folder."""
    paths = _written(template_path, folder)
    grounded = [paths["conditions-met"], paths["conditions-not-met"]]
    return [
        Scan(
            (
                SCANNERS / "checkov",
                *("--skip-download", "--quiet", "--compact", "--output", "json"),
                *("--framework", "cloudformation", "secrets", "--file"),
                *grounded,
            ),
            of_checkov,
        ),
        Scan(
            (
                SCANNERS / "cfn-lint",
                *("--append-rules", "cfn_lint_serverless.rules", "--format", "json"),
                "--template",
                template_path,
                *ROOT.glob("examples/*/template.yaml"),
                paths["expanded"],
            ),
            of_cfn_lint,
        ),
        Scan(
            (
                SCANNERS / "bandit",
                *("--quiet", "--recursive", "--format", "json"),
                *CODE,
            ),
            of_bandit,
        ),
        Scan(
            (SCANNERS / "python", ROOT / "tools" / "scan_policies.py", *grounded),
            of_policies,
        ),
    ]


def _written(template_path: Path, folder: Path) -> dict[str, Path]:
    """The template expanded, and without conditions: with all of them met, and none."""
    expanded = expand(parse(template_path))
    files = {
        "expanded": expanded,
        "conditions-met": Grounding(expanded, conditions_met=True).grounded(),
        "conditions-not-met": Grounding(expanded, conditions_met=False).grounded(),
    }
    paths = {name: folder / f"{name}.json" for name in files}
    for name, document in files.items():
        paths[name].write_text(json.dumps(document, indent=1))
    return paths


def run(scan: Scan) -> list[Finding]:
    """One scanner's findings; SystemExit where it gave no answer that can be read."""
    command = [str(part) for part in scan.command]
    answer = subprocess.run(  # noqa: S603 - our own arguments
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    try:
        return list(scan.findings(json.loads(answer.stdout)))
    except (ValueError, KeyError, TypeError) as problem:
        said = answer.stdout[-2000:] + answer.stderr[-2000:]
        raise SystemExit(
            f"{' '.join(command)}\nended with {answer.returncode} and without findings "
            f"that can be read ({problem!r}):\n{said}"
        ) from problem


def of_checkov(answer: Any) -> Iterator[Finding]:  # noqa: ANN401 - a tool's JSON
    """Checkov's failed checks; it has one report for each of its frameworks."""
    reports = answer if isinstance(answer, list) else [answer]
    if not any(report["summary"]["passed"] for report in reports):
        raise ValueError("checkov read no resource")
    for report in reports:
        if report["summary"]["parsing_errors"]:
            raise ValueError("checkov could not parse the template")
        for check in report["results"]["failed_checks"]:
            yield Finding(
                "checkov",
                check["check_id"],
                check["resource"].rpartition(".")[2],
                check["check_name"],
            )


def of_cfn_lint(answer: Any) -> Iterator[Finding]:  # noqa: ANN401 - a tool's JSON
    """What cfn-lint and its serverless rules say, by the path in the template."""
    for match in answer:
        path = [str(step) for step in match["Location"].get("Path") or ["template"]]
        yield Finding(
            "cfn-lint",
            match["Rule"]["Id"],
            "/".join(path[1:] if path[0] == "Resources" else path),
            match["Message"],
        )


def of_bandit(answer: Any) -> Iterator[Finding]:  # noqa: ANN401 - a tool's JSON
    """What bandit says of our Python, by file."""
    if answer["errors"]:
        raise ValueError(f"bandit could not read: {answer['errors']}")
    if not answer["metrics"]["_totals"]["loc"]:
        raise ValueError("bandit read no code")
    for result in answer["results"]:
        where = Path(result["filename"])
        where = where.relative_to(ROOT) if where.is_absolute() else where
        says = f"line {result['line_number']}: {result['issue_text']}"
        yield Finding("bandit", result["test_id"], str(where), says)


def of_policies(answer: Any) -> Iterator[Finding]:  # noqa: ANN401 - a tool's JSON
    """What tools/scan_policies.py says for cfripper and parliament."""
    for each in answer:
        yield Finding(each["tool"], each["rule"], each["where"], each["says"])


if __name__ == "__main__":
    sys.exit(main())
