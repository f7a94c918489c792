"""Break the state and outcome modules line by line, and count what the tests notice.

Prints the score and the survivors; ends with 1 where too few mutants were killed.
Works on a copy, so that the checkout stays as it is. `mutmut` makes the mutants: all
of what stands in functions, not the tables at a module's top.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCORE_MIN = 0.85

MODULES = {
    "jobs": (
        "moves",
        "guards",
        "settlement",
        "verdicts",
        "losses",
        "refusals",
        "sighting",
    ),
    "tasks": ("outcome", "diagnosis", "ending", "exit_codes", "start_failures"),
}

TESTS = (
    "tests/unit/test_losses.py",
    "tests/unit/test_memory_fakes.py",
    "tests/unit/test_moves.py",
    "tests/unit/test_outcome.py",
    "tests/unit/test_outcomes_page.py",
    "tests/unit/test_refusals.py",
    "tests/unit/test_settlement.py",
    "tests/unit/test_sighting.py",
    "tests/unit/test_start_failures.py",
    "tests/stages/test_dispatch.py",
    "tests/stages/test_fine_print.py",
    "tests/stages/test_record.py",
    "tests/stages/test_recovery.py",
    "tests/stages/test_reporting.py",
    "tests/stages/test_supervising.py",
)
"""The quick tests that these modules matter to."""

# A folder `src` that holds every package, because mutmut names modules by their path.
_COPIED = {
    "layers/headrace/headrace": "src/headrace",
    "src/headrace_client": "src/headrace_client",
    "src/headrace_local": "src/headrace_local",
    "tests": "tests",
    "docs": "docs",
    "functions": "functions",
    "events": "events",
    "jobs": "jobs",
    "template.yaml": "template.yaml",
}


def main() -> int:
    """Run the mutants; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2, help="mutants at once")
    parser.add_argument("--keep", type=Path, help="a new folder to keep the mutants in")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="headrace-mutants-") as temporary:
        folder: Path = arguments.keep or Path(temporary)
        _copy(folder)
        _mutmut(folder, "run", "--max-children", str(arguments.workers))
        _mutmut(folder, "export-cicd-stats")
        return _told(folder)


def _copy(folder: Path) -> None:
    for source, target in _COPIED.items():
        if (ROOT / source).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, folder / target, ignore=ignored)
        else:
            shutil.copy2(ROOT / source, folder / target)
    modules = [
        f"src/headrace/{package}/{name}.py"
        for package, names in MODULES.items()
        for name in names
    ]
    settings = {
        "source_paths": ["src"],
        "only_mutate": modules,
        "also_copy": ["docs", "functions", "events", "jobs", "template.yaml"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:xdist"],
        "pytest_add_cli_args_test_selection": list(TESTS),
    }
    # JSON's arrays of text are TOML's too.
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    pytest = 'addopts = ["--import-mode=importlib", "--disable-socket"]'
    paths = 'pythonpath = ["tests"]'
    markers = 'markers = ["containers: unused", "pipeline: unused"]'
    text = ["[tool.mutmut]", *lines, "use_git_change_detection = false"]
    text += ["[tool.pytest.ini_options]", pytest, paths, markers]
    (folder / "pyproject.toml").write_text("\n".join(text) + "\n")


def _mutmut(folder: Path, *words: str) -> str:
    """Run mutmut with repeatable examples; return what it printed.

    Raises:
        SystemExit: It failed; its last lines are shown.
    """
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "mutmut", *words],
        cwd=folder,
        env=os.environ | {"HYPOTHESIS_PROFILE": "ci"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit((done.stdout + done.stderr)[-3_000:])
    return done.stdout


def _told(folder: Path) -> int:
    """Print score and survivors; return 1 where the score is too low."""
    counts = json.loads((folder / "mutants/mutmut-cicd-stats.json").read_text())
    total, killed = counts["total"], counts["killed"] + counts["timeout"]
    score = killed / total if total else 0.0
    sys.stdout.write(_mutmut(folder, "results"))
    sys.stdout.write(
        f"{killed} of {total} mutants killed: {score:.1%}, wanted {SCORE_MIN:.0%}\n"
    )
    return 0 if score >= SCORE_MIN else 1


if __name__ == "__main__":
    sys.exit(main())
