"""Completion as a shell asks for it; nothing of it needs AWS or a network."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(sys.executable).parent
SCRIPT = """\
eval "$(headrace completion bash)"
COMP_WORDS=({words})
COMP_CWORD={word}
_headrace_completion headrace
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def in_bash(folder, *words, **variables):
    """What bash offers for the last word, in a folder."""
    quoted = " ".join(f"'{word}'" for word in ("headrace", *words))
    done = subprocess.run(  # noqa: S603 - our own script
        ["bash", "-c", SCRIPT.format(words=quoted, word=len(words))],  # noqa: S607 - whichever
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": f"{PROGRAMS}:{os.environ['PATH']}", **variables},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_commands_are_completed(tmp_path):
    assert in_bash(tmp_path, "red") == ["redrive"]
    assert in_bash(tmp_path, "local", "u") == ["up"]


def test_options_and_their_values_are_completed(tmp_path):
    assert in_bash(tmp_path, "redrive", "--dr") == ["--drop", "--dropped"]
    assert in_bash(tmp_path, "redrive", "--queue", "s") == ["schedules"]


def test_job_names_come_from_definitions_and_from_a_snapshot(tmp_path):
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "a.yaml").write_text("# a job\nname: report-daily\nowner: x\n")
    (tmp_path / "jobs" / "b.yaml").write_bytes(b"\xff")
    snapshot = {"definitions": [{"definition": {"name": "report-monthly"}}]}
    (tmp_path / "headrace.snapshot.json").write_text(json.dumps(snapshot))
    assert in_bash(tmp_path, "submit", "rep") == ["report-daily", "report-monthly"]
    assert in_bash(tmp_path, "list", "--name", "report-m") == ["report-monthly"]


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"definitions": [1]}'])
def test_a_snapshot_that_is_none_completes_nothing_and_says_nothing(tmp_path, text):
    path = tmp_path / "snapshot.json"
    path.write_text(text)
    assert in_bash(tmp_path, "submit", "x", HEADRACE_SNAPSHOT=str(path)) == []


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_their_own_script(tmp_path, shell):
    done = subprocess.run(  # noqa: S603 - our own program
        [str(PROGRAMS / "headrace"), "completion", shell],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert f"_HEADRACE_COMPLETE={shell}_complete" in done.stdout
    if shutil.which(shell):
        path = tmp_path / "script"
        path.write_text(done.stdout)
        subprocess.run([shell, "-n", str(path)], check=True, timeout=60)  # noqa: S603 - likewise
