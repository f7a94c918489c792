"""What a job knows of itself, how it ends, and on which Pythons its module runs."""

from __future__ import annotations

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

import headrace_job
from headrace.definitions.definition import ExitCodeMeanings

ROOT = Path(__file__).parents[2]
MODULE = ROOT / "src" / "headrace_job" / "__init__.py"
OLDEST = (3, 9)
MINORS = range(OLDEST[1], sys.version_info.minor + 1)
PYENV = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
VARIABLES = {
    "JOB_ID": "a" * 26,
    "JOB_NAME": "report",
    "JOB_VERSION": "3",
    "JOB_ATTEMPT": "2",
    "JOB_TENANT": "default",
    "JOB_TIMEOUT_SECONDS": "600",
    "JOB_PARAMETERS": '{"date": "2026-11-22"}',
}


def test_the_job_is_what_the_variables_say():
    job = headrace_job.job(VARIABLES)

    assert (job.job_id, job.name, job.version) == ("a" * 26, "report", 3)
    assert (job.attempt, job.tenant, job.timeout_seconds) == (2, "default", 600)
    assert (job.correlation_id, job.traceparent) == (None, None)
    more = {"JOB_CORRELATION_ID": "order-7", "TRACEPARENT": "00-1-2-01"}
    job = headrace_job.job(VARIABLES | more)
    assert (job.correlation_id, job.traceparent) == ("order-7", "00-1-2-01")


def test_time_left_counts_down_to_the_deadline():
    job = headrace_job.job(VARIABLES | {"JOB_TIMEOUT_SECONDS": "1000000"})
    late = headrace_job.job(VARIABLES | {"JOB_TIMEOUT_SECONDS": "0"})

    assert 0 < job.seconds_left <= 1_000_000
    assert job.deadline_at.utcoffset().total_seconds() == 0
    assert late.seconds_left < 0


@pytest.mark.parametrize("name", sorted(VARIABLES.keys() - {"JOB_PARAMETERS"}))
def test_a_missing_variable_is_named(name):
    variables = {key: value for key, value in VARIABLES.items() if key != name}

    with pytest.raises(RuntimeError, match=f"{name} is not set"):
        headrace_job.job(variables)


def test_exit_codes_are_those_that_a_definition_has_by_default():
    meanings = ExitCodeMeanings()
    assert meanings.reject == (headrace_job.REJECT,)
    assert meanings.try_later == (headrace_job.TRY_LATER,)


@pytest.mark.parametrize(
    ("act", "code"), [(headrace_job.reject, 3), (headrace_job.try_later, 4)]
)
def test_an_ending_says_why_and_no_except_stops_it(act, code, capsys):
    with pytest.raises(SystemExit) as ended, suppress(Exception):
        act("no such customer")

    assert ended.value.code == code
    assert capsys.readouterr().err == "no such customer\n"


def test_a_stop_is_an_event_and_not_the_end():
    before = signal.getsignal(signal.SIGTERM)
    try:
        event = headrace_job.stop_event()
        assert not event.is_set()
        os.kill(os.getpid(), signal.SIGTERM)
        assert event.wait(5)
    finally:
        signal.signal(signal.SIGTERM, before)


def test_the_module_is_of_the_oldest_python_and_imports_its_library_alone():
    tree = ast.parse(MODULE.read_text(), feature_version=OLDEST)
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names


PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
from dataclasses import dataclass
from datetime import date
from typing import List, Optional
import headrace_job

@dataclass
class Report:
    date: date
    rows: List[int]
    note: Optional[str] = None

report = headrace_job.parameters(Report)
print(report.date.isoformat(), report.rows, headrace_job.job().attempt)
"""


def interpreter(minor):
    """Return an interpreter of this machine, past pyenv's shims; None without one."""
    name = f"python3.{minor}"
    kept = sorted(PYENV.glob(f"versions/3.{minor}.*/bin/{name}"))
    found = shutil.which(name)
    return str(kept[-1]) if kept else found


@pytest.mark.parametrize("minor", MINORS)
def test_it_runs_alone_as_one_copied_file(minor, tmp_path):
    python = interpreter(minor)
    if python is None:
        pytest.skip(f"there is no Python 3.{minor} on this machine")
    shutil.copy(MODULE, tmp_path / "headrace_job.py")
    parameters = json.dumps({"date": "2026-11-22", "rows": [1, 2]})
    ran = subprocess.run(  # noqa: S603 - an interpreter of this machine
        [python, "-I", "-c", PROGRAM.format(folder=str(tmp_path))],
        env=VARIABLES | {"JOB_PARAMETERS": parameters},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stderr, ran.stdout) == ("", "2026-11-22 [1, 2] 2\n")
